"""Promise 4: a logout is effective for the very next check."""

from typing import Any

import pytest
from support import racing
from support.processes import outcome
from support.traces import log_of
from support.users import Shop

from cybershop_customer import Session, SessionRefusedError

TIMES = 5


def test_a_check_after_a_logout_is_refused(shop: Shop) -> None:
    racing.add(shop.services, "zoe")

    seen = shop.race(racing.log_in_check_out_check, "zoe", TIMES)

    assert seen == [["Session, then SessionRefusedError"] * TIMES] * shop.racers


def test_a_logout_in_one_process_is_effective_in_all(shop: Shop) -> None:
    """Each racer checks the session first, so it could remember the answer."""
    racing.add(shop.services, "zoe")
    login = shop.services.sessions.login(customer_id="zoe", password=racing.PASSWORD)
    assert shop.race(racing.check, login.context_id) == ["zoe"] * shop.racers

    shop.services.sessions.logout(login.context_id)

    assert shop.race(racing.check, login.context_id) == [SessionRefusedError] * shop.racers


def test_one_of_many_logouts_of_one_session_is_recorded(shop: Shop) -> None:
    racing.add(shop.services, "zoe")
    login = shop.services.sessions.login(customer_id="zoe", password=racing.PASSWORD)

    outcomes = shop.race(racing.log_out_the_same, login.context_id)

    assert outcomes.count("str, then SessionRefusedError") == 1
    others = "SessionRefusedError, then SessionRefusedError"
    assert outcomes.count(others) == shop.racers - 1
    recorded = [record.operation_name for record in log_of(shop.storage, "zoe")]
    assert recorded.count("logout") == 1


class Remembering:
    """Negative control: remembers each session that it found."""

    def __init__(self, sessions: Any) -> None:
        self._sessions = sessions
        self._found: dict[str, Session] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sessions, name)

    def find(self, customer_id: str, session_id: str) -> Session | None:
        if session_id not in self._found:
            self._found[session_id] = self._sessions.find(customer_id, session_id)
        return self._found[session_id]


@pytest.mark.parametrize(("remembers", "after"), [(True, "zoe"), (False, SessionRefusedError)])
def test_a_checker_that_remembers_sessions_admits_after_a_logout(
    stage: Shop, remembers: bool, after: object
) -> None:
    sessions = stage.storage.sessions
    checker = stage.services_with(sessions=Remembering(sessions)) if remembers else stage.services
    racing.add(stage.services, "zoe")
    login = stage.services.sessions.login(customer_id="zoe", password=racing.PASSWORD)
    racing.check(checker, 0, login.context_id)

    stage.services.sessions.logout(login.context_id)

    assert outcome(lambda: racing.check(checker, 0, login.context_id)) == after
