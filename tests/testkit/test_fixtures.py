"""The fixtures of the test kit."""

import json
from collections.abc import Callable
from contextlib import closing
from http.client import HTTPConnection
from importlib import import_module
from urllib.parse import urlsplit

import pytest

from cybershop_customer import (
    CustomerNotFoundError,
    ForbiddenError,
    InvalidInputError,
    LoginRefusedError,
    LoginResult,
    RefusalReason,
    SessionChecker,
    SessionPolicy,
    SessionRefusedError,
)
from cybershop_customer.adapters.direct.session_checker import DirectSessionChecker
from cybershop_customer.entrypoints.container import Container
from cybershop_customer.entrypoints.http.server import Server
from cybershop_customer.entrypoints.services import Services
from cybershop_customer.entrypoints.testkit.clock import START, ManualClock
from cybershop_customer.entrypoints.testkit.http_server import served
from cybershop_customer.entrypoints.testkit.login import set_roles

LoginAs = Callable[..., LoginResult]


def get(url: str, path: str, context_id: str = "") -> tuple[int, dict[str, object]]:
    """Status and message of an answer."""
    with closing(HTTPConnection(urlsplit(url).netloc, timeout=30)) as connection:
        connection.request("GET", path, headers={"Authorization": f"Bearer {context_id}"})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


def test_who_logs_in_is_known_to_the_checker(
    login_as: LoginAs, session_checker: SessionChecker
) -> None:
    login = login_as("ann", ["admin", "packer"])

    assert isinstance(session_checker, DirectSessionChecker)
    assert session_checker.check_session(login.context_id, role="admin") == login.session
    assert login.session.customer_id == "ann"
    assert login.session.roles == {"admin", "packer"}
    assert login.session.issued_at == START


def test_roles_are_exactly_those_named_last(
    login_as: LoginAs, session_checker: SessionChecker
) -> None:
    first = login_as("ann", ["admin", "packer"])
    second = login_as("ann", ["packer", "driver"])

    assert second.session.roles == {"packer", "driver"}
    assert session_checker.check_session(first.context_id).roles == {"packer", "driver"}
    assert login_as("ann").session.roles == frozenset()
    with pytest.raises(ForbiddenError):
        session_checker.check_session(first.context_id, role="packer")


def test_ids_that_differ_in_letter_case_alone_are_two_customers(login_as: LoginAs) -> None:
    assert login_as("ann", ["admin"]).session.roles == {"admin"}
    assert login_as("Ann").session.roles == frozenset()


def test_a_customer_of_the_tests_own_logs_in_with_their_own_password(
    login_as: LoginAs, customer_services: Services
) -> None:
    customer_services.customers.add_customer(
        customer_id="zoe", email="zoe@shop.example", password="correct horse"
    )

    assert login_as("zoe", ["admin"], password="correct horse").session.customer_id == "zoe"
    with pytest.raises(LoginRefusedError):
        login_as("zoe")


def test_a_new_customer_gets_the_password_given(
    login_as: LoginAs, customer_services: Services
) -> None:
    login_as("zoe", password="correct horse")

    assert customer_services.sessions.login(customer_id="zoe", password="correct horse")


@pytest.mark.parametrize(("customer_id", "roles"), [("an n", ()), ("ann", ["Admin"])])
def test_what_the_service_does_not_accept_is_not_accepted(
    login_as: LoginAs, customer_id: str, roles: list[str]
) -> None:
    with pytest.raises(InvalidInputError):
        login_as(customer_id, roles)


def test_roles_in_one_text_are_a_mistake(login_as: LoginAs) -> None:
    with pytest.raises(TypeError, match=r"\['admin'\]"):
        login_as("ann", "admin")


def test_nobody_has_no_roles(customer_services: Services) -> None:
    with pytest.raises(CustomerNotFoundError):
        set_roles(customer_services, "nobody", ["admin"])


def test_the_clock_is_the_one_that_sessions_expire_by(
    login_as: LoginAs, session_checker: SessionChecker, customer_clock: ManualClock
) -> None:
    login = login_as("ann")
    customer_clock.advance(minutes=30)

    with pytest.raises(SessionRefusedError) as refused:
        session_checker.check_session(login.context_id)
    assert refused.value.reason is RefusalReason.EXPIRED


def test_a_part_can_be_replaced_before_the_others_are_asked_for(
    customer_container: Container, request: pytest.FixtureRequest
) -> None:
    hour = ManualClock(START.replace(hour=1))
    customer_container.clock.override(hour)

    assert request.getfixturevalue("login_as")("ann").session.issued_at == hour.moment


def test_over_http_it_is_the_same_service(
    customer_url: str, login_as: LoginAs, customer_services: Services
) -> None:
    login = login_as("ann", ["admin"])

    status, answer = get(customer_url, "/api/v1/customer/session", login.context_id)
    assert (status, answer["customer_id"], answer["roles"]) == (200, "ann", ["admin"])

    customer_services.sessions.logout(login.context_id)
    assert get(customer_url, "/api/v1/customer/session", login.context_id)[0] == 401


def test_the_url_is_of_this_machine_alone_and_ends_with_its_test(
    customer_services: Services,
) -> None:
    with served(customer_services) as url:
        assert urlsplit(url).hostname == "127.0.0.1"
        assert get(url, "/livez")[0] == 200

    with pytest.raises(OSError, match="refused"):
        get(url, "/livez")


def test_a_connection_that_is_kept_open_does_not_hold_up_the_end(
    customer_services: Services,
) -> None:
    with served(customer_services) as url:
        connection = HTTPConnection(urlsplit(url).netloc, timeout=30)
        connection.request("GET", "/livez")
        connection.getresponse().read()

    connection.close()


def test_requests_left_without_an_answer_are_told(
    customer_services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Server.run
    monkeypatch.setattr(Server, "run", lambda server: run(server) and False)

    with pytest.raises(RuntimeError, match="before it had answered"), served(customer_services):
        pass


def test_sessions_live_as_long_as_the_service_says(login_as: LoginAs) -> None:
    session = login_as("ann").session

    assert session.expires_at - session.issued_at == SessionPolicy().idle


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("clock", "ManualClock"),
        ("clock", "START"),
        ("session_checker", "MemorySessionChecker"),
    ],
)
def test_what_was_among_the_adapters_is_still_found_there(module: str, name: str) -> None:
    before = import_module(f"cybershop_customer.adapters.memory.{module}")
    now = import_module(f"cybershop_customer.entrypoints.testkit.{module}")

    assert getattr(before, name) is getattr(now, name)
    with pytest.raises(AttributeError):
        before.nothing  # noqa: B018
