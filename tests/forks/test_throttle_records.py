"""A child that is forked while throttled logins are recorded does not hang."""

from support.processes.forks import busy_threads, in_child
from support.stores.stored_state import log_of

from cybershop_customer import LoginRefusedError, TooManyAttemptsError
from cybershop_customer.entrypoints.container import memory_container


def test_a_throttled_login_in_the_child() -> None:
    container = memory_container()
    sessions = container.sessions()

    def attempt() -> str:
        try:
            sessions.login(customer_id="nobody", password="wrong")
        except (LoginRefusedError, TooManyAttemptsError) as error:
            return type(error).__name__
        return "logged in"

    while attempt() == "LoginRefusedError":
        pass
    with busy_threads(attempt):
        results = [in_child(attempt) for _ in range(5)]

    assert results == ["TooManyAttemptsError"] * 5
    records = [record for record in log_of(container.storage(), "-") if record.status_code == 429]
    assert len(records) == 1
