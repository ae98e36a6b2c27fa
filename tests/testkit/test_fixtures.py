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
    """The status and the JSON message of the response."""
    with closing(HTTPConnection(urlsplit(url).netloc, timeout=30)) as connection:
        connection.request("GET", path, headers={"Authorization": f"Bearer {context_id}"})
        response = connection.getresponse()
        return response.status, json.loads(response.read())


def test_the_checker_knows_the_session_of_login_as(
    login_as: LoginAs, session_checker: SessionChecker
) -> None:
    login = login_as("ann", ["admin", "packer"])

    assert isinstance(session_checker, DirectSessionChecker)
    assert session_checker.check_session(login.context_id, role="admin") == login.session
    assert login.session.customer_id == "ann"
    assert login.session.roles == {"admin", "packer"}
    assert login.session.issued_at == START


def test_the_last_login_sets_exactly_the_roles(
    login_as: LoginAs, session_checker: SessionChecker
) -> None:
    first = login_as("ann", ["admin", "packer"])
    second = login_as("ann", ["packer", "driver"])

    assert second.session.roles == {"packer", "driver"}
    assert session_checker.check_session(first.context_id).roles == {"packer", "driver"}
    assert login_as("ann").session.roles == frozenset()
    with pytest.raises(ForbiddenError):
        session_checker.check_session(first.context_id, role="packer")


def test_ids_that_differ_only_in_letter_case_are_two_customers(login_as: LoginAs) -> None:
    assert login_as("ann", ["admin"]).session.roles == {"admin"}
    assert login_as("Ann").session.roles == frozenset()


def test_a_customer_whom_the_test_added_logs_in_with_their_password(
    login_as: LoginAs, customer_services: Services
) -> None:
    customer_services.customers.add_customer(
        customer_id="zoe", email="zoe@shop.example", password="correct horse"
    )

    assert login_as("zoe", ["admin"], password="correct horse").session.customer_id == "zoe"
    with pytest.raises(LoginRefusedError):
        login_as("zoe")


def test_a_new_customer_gets_the_password_of_the_argument(
    login_as: LoginAs, customer_services: Services
) -> None:
    login_as("zoe", password="correct horse")

    assert customer_services.sessions.login(customer_id="zoe", password="correct horse")


@pytest.mark.parametrize(("customer_id", "roles"), [("an n", ()), ("ann", ["Admin"])])
def test_an_invalid_id_or_role_is_refused(
    login_as: LoginAs, customer_id: str, roles: list[str]
) -> None:
    with pytest.raises(InvalidInputError):
        login_as(customer_id, roles)


def test_roles_in_one_string_are_refused(login_as: LoginAs) -> None:
    with pytest.raises(TypeError, match=r"\['admin'\]"):
        login_as("ann", "admin")


def test_an_unknown_customer_gets_no_roles(customer_services: Services) -> None:
    with pytest.raises(CustomerNotFoundError):
        set_roles(customer_services, "nobody", ["admin"])


def test_sessions_expire_by_the_clock_of_the_fixture(
    login_as: LoginAs, session_checker: SessionChecker, customer_clock: ManualClock
) -> None:
    login = login_as("ann")
    customer_clock.advance(minutes=30)

    with pytest.raises(SessionRefusedError) as refused:
        session_checker.check_session(login.context_id)
    assert refused.value.reason is RefusalReason.EXPIRED


def test_a_part_can_be_replaced_before_other_fixtures_are_used(
    customer_container: Container, request: pytest.FixtureRequest
) -> None:
    hour = ManualClock(START.replace(hour=1))
    customer_container.clock.override(hour)

    assert request.getfixturevalue("login_as")("ann").session.issued_at == hour.moment


def test_customer_url_leads_to_the_same_service(
    customer_url: str, login_as: LoginAs, customer_services: Services
) -> None:
    login = login_as("ann", ["admin"])

    status, answer = get(customer_url, "/api/v1/customer/session", login.context_id)
    assert (status, answer["customer_id"], answer["roles"]) == (200, "ann", ["admin"])

    customer_services.sessions.logout(login.context_id)
    assert get(customer_url, "/api/v1/customer/session", login.context_id)[0] == 401


def test_the_server_is_on_loopback_and_stops_with_its_test(
    customer_services: Services,
) -> None:
    with served(customer_services) as url:
        assert urlsplit(url).hostname == "127.0.0.1"
        assert get(url, "/livez")[0] == 200

    with pytest.raises(OSError, match="refused"):
        get(url, "/livez")


def test_a_kept_connection_does_not_delay_the_stop(
    customer_services: Services,
) -> None:
    with served(customer_services) as url:
        connection = HTTPConnection(urlsplit(url).netloc, timeout=30)
        connection.request("GET", "/livez")
        connection.getresponse().read()

    connection.close()


def test_an_unanswered_request_raises_an_error_at_the_stop(
    customer_services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Server.run
    monkeypatch.setattr(Server, "run", lambda server: run(server) and False)

    with pytest.raises(RuntimeError, match="before it had answered"), served(customer_services):
        pass


def test_sessions_have_the_default_idle_time(login_as: LoginAs) -> None:
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
def test_the_old_modules_are_aliases(module: str, name: str) -> None:
    before = import_module(f"cybershop_customer.adapters.memory.{module}")
    now = import_module(f"cybershop_customer.entrypoints.testkit.{module}")

    assert getattr(before, name) is getattr(now, name)
    with pytest.raises(AttributeError):
        before.nothing  # noqa: B018
