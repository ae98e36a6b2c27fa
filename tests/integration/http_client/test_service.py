"""A check over HTTP has the same answers and errors as a check in the process."""

from collections.abc import Callable, Iterator

import pytest
from support.http.transports import served
from support.races.threads import count_by_type, race

from cybershop_customer import (
    OPERATOR,
    CustomerServiceError,
    ForbiddenError,
    RefusalReason,
    Session,
    SessionChecker,
    SessionRefusedError,
)
from cybershop_customer.adapters.http_client.session_checker import HttpSessionChecker
from cybershop_customer.entrypoints.container import Container, memory_container
from cybershop_customer.entrypoints.http.app import create_app
from cybershop_customer.entrypoints.testkit.clock import ManualClock

PASSWORD = "correct horse"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def container(clock: ManualClock) -> Container:
    container = memory_container()
    container.clock.override(clock)
    return container


@pytest.fixture
def direct(container: Container) -> SessionChecker:
    return container.session_checker()


@pytest.fixture
def asked() -> list[str]:
    """The bearers that reached the service."""
    return []


@pytest.fixture
def ports() -> set[str]:
    """The client's port of each connection."""
    return set()


@pytest.fixture
def url(container: Container, asked: list[str], ports: set[str]) -> Iterator[str]:
    app = create_app(container.services())

    def watched(environ: dict[str, str], start_response: object) -> object:
        asked.append(environ["HTTP_AUTHORIZATION"])
        ports.add(environ["REMOTE_PORT"])
        return app(environ, start_response)  # type: ignore[arg-type]  # WSGI, whatever its types

    with served(watched) as server:
        yield server.url


@pytest.fixture
def checker(url: str, checker_of: Callable[..., HttpSessionChecker]) -> HttpSessionChecker:
    return checker_of(url)


def log_in(container: Container, customer_id: str) -> str:
    services = container.services()
    email = f"{customer_id.encode().hex()[:60]}@shop.example"
    services.customers.add_customer(customer_id=customer_id, email=email, password=PASSWORD)
    return services.sessions.login(customer_id=customer_id, password=PASSWORD).context_id


@pytest.fixture
def context_id(container: Container) -> str:
    return log_in(container, "zoe")


def outcome(checker: SessionChecker, context_id: object, **arguments: str | None) -> object:
    """The session, or the error with its data."""
    try:
        return checker.check_session(context_id, **arguments)  # type: ignore[arg-type]
    except CustomerServiceError as error:
        return type(error), error.args, vars(error)


def test_a_live_session_is_answered_as_in_process(
    checker: HttpSessionChecker, direct: SessionChecker, container: Container, context_id: str
) -> None:
    container.roles().grant_role("zoe", "admin", actor=OPERATOR)

    session = checker.check_session(context_id)

    assert session == direct.check_session(context_id)
    assert (session.customer_id, session.roles) == ("zoe", {"admin"})


@pytest.mark.parametrize("customer_id", ["z", "a" * 128, "A-b.c_d~9", "~", "-._~", "None"])
def test_every_valid_customer_id_is_accepted(
    checker: HttpSessionChecker, direct: SessionChecker, container: Container, customer_id: str
) -> None:
    context_id = log_in(container, customer_id)

    session = checker.check_session(context_id, customer_id=customer_id)

    assert session == direct.check_session(context_id, customer_id=customer_id)
    assert session.customer_id == customer_id


@pytest.mark.parametrize("context_id", [None, "", "x", "Bearer x", 7, b"x", "a\r\nHost: b", "é"])
def test_a_malformed_context_id_is_refused_without_a_request(
    checker: HttpSessionChecker, direct: SessionChecker, asked: list[str], context_id: object
) -> None:
    found = outcome(checker, context_id)

    assert found == outcome(direct, context_id)
    assert found[0] is SessionRefusedError  # type: ignore[index]
    assert asked == []


@pytest.mark.parametrize("customer_id", ["yan", "", "ZOE"])
def test_another_customers_session_is_refused_without_a_request(
    checker: HttpSessionChecker,
    direct: SessionChecker,
    asked: list[str],
    context_id: str,
    customer_id: str,
) -> None:
    found = outcome(checker, context_id, customer_id=customer_id)

    assert found == outcome(direct, context_id, customer_id=customer_id)
    assert found[2] == {"reason": RefusalReason.UNKNOWN}  # type: ignore[index]
    assert asked == []


def test_the_right_pair_is_accepted(checker: HttpSessionChecker, context_id: str) -> None:
    assert checker.check_session(context_id, customer_id="zoe").customer_id == "zoe"


def test_the_checker_itself_demands_the_role(
    checker: HttpSessionChecker, container: Container, context_id: str
) -> None:
    with pytest.raises(ForbiddenError) as caught:
        checker.check_session(context_id, role="admin")
    container.roles().grant_role("zoe", "admin", actor=OPERATOR)

    assert caught.value.role == "admin"
    assert checker.check_session(context_id, role="admin").roles == {"admin"}


def test_each_end_of_a_session_has_the_same_reason_as_in_process(
    checker: HttpSessionChecker,
    direct: SessionChecker,
    container: Container,
    clock: ManualClock,
    context_id: str,
) -> None:
    services = container.services()
    logged_out = services.sessions.login(customer_id="zoe", password=PASSWORD).context_id
    services.sessions.logout(logged_out)
    invented = ("b" if context_id[0] == "a" else "a") + context_id[1:]

    for ended in (logged_out, invented):
        found = outcome(checker, ended)
        assert found == outcome(direct, ended)
        assert found[0] is SessionRefusedError  # type: ignore[index]
    clock.advance(minutes=30)
    found = outcome(checker, context_id)

    assert found == outcome(direct, context_id)
    assert found[2] == {"reason": RefusalReason.EXPIRED}  # type: ignore[index]


def test_a_logout_is_effective_for_the_very_next_check(
    checker: HttpSessionChecker, container: Container, context_id: str
) -> None:
    checker.check_session(context_id)
    container.services().sessions.logout(context_id)

    with pytest.raises(SessionRefusedError):
        checker.check_session(context_id)


def test_a_check_extends_the_session(
    checker: HttpSessionChecker, clock: ManualClock, context_id: str
) -> None:
    before = checker.check_session(context_id)
    clock.advance(minutes=20)

    after = checker.check_session(context_id)

    assert (after.expires_at - before.expires_at).total_seconds() == 20 * 60


def test_checks_one_after_the_other_share_a_connection(
    checker: HttpSessionChecker, context_id: str, ports: set[str]
) -> None:
    for _ in range(50):
        checker.check_session(context_id)
        outcome(checker, context_id[::-1])
        outcome(checker, "b" + context_id[1:])

    assert len(ports) == 1


def test_threads_share_a_checker(
    checker: HttpSessionChecker, container: Container, context_id: str
) -> None:
    other = log_in(container, "yan")

    def check(context_id: str, customer_id: str) -> Callable[[], object]:
        return lambda: (
            {checker.check_session(context_id).customer_id for _ in range(20)} == {customer_id}
        )

    outcomes = race([check(context_id, "zoe"), check(other, "yan")] * 4)

    assert outcomes == [True] * 8


def test_more_threads_than_connections_are_served_too(
    url: str, checker_of: Callable[..., HttpSessionChecker], context_id: str
) -> None:
    checker = checker_of(url, connections=1)

    outcomes = race([lambda: checker.check_session(context_id)] * 8)

    assert count_by_type(outcomes) == {Session: 8}
