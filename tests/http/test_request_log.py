"""Each line of the request log says who sent the request, and from where."""

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import pytest
from support.http.api import Api
from support.http.customer_api import BASE, PASSWORD, a_message, add, log_in
from support.http.transports import RawConnection, served

from cybershop_customer.domain.request_context import RequestContext, current_request
from cybershop_customer.entrypoints.container import Container
from cybershop_customer.entrypoints.http import refusal_log
from cybershop_customer.entrypoints.http.app import create_app
from cybershop_customer.entrypoints.settings import Settings
from cybershop_customer.entrypoints.testkit.clock import ManualClock

SOURCE: Final = "192.0.2.7"
FROM: Final = {"X-Forwarded-For": SOURCE}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, trusted_proxies="127.0.0.0/8, unix")


@pytest.fixture(autouse=True)
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG, "cybershop_customer.http")
    return caplog


def last_line(log: pytest.LogCaptureFixture) -> dict[str, Any]:
    """The source, the customer and the target of the last request."""
    records = [vars(record) for record in log.records if record.getMessage() == "request"]
    return {name: records[-1][name] for name in ("source", "customer_id", "target")}


def who(customer_id: str | None, target: str | None = None) -> dict[str, Any]:
    return {"source": SOURCE, "customer_id": customer_id, "target": target}


def test_a_stranger_is_a_source(api: Api, log: pytest.LogCaptureFixture) -> None:
    for method in ("GET", "BREW", "WEBSOCKET"):
        api.request(method, "/livez", headers=FROM)
        assert last_line(log) == who(None)


def test_a_request_that_the_server_refuses_has_a_source(
    container: Container, log: pytest.LogCaptureFixture
) -> None:
    with (
        served(create_app(container.services())) as server,
        RawConnection(server.url) as connection,
    ):
        assert connection.exchange(b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n").status == 400

    (record,) = [record for record in log.records if record.getMessage() == "unreadable request"]
    assert vars(record)["source"] == "127.0.0.1"


def test_the_customer_is_who_was_added_and_who_logged_in_and_out(
    api: Api, log: pytest.LogCaptureFixture
) -> None:
    api.post(f"{BASE}/", a_message("zoe"), headers={"Content-Type": "application/json", **FROM})
    assert last_line(log) == who("zoe")

    login = {"email": "zoe@shop.example", "password": PASSWORD}
    answer = api.put(f"{BASE}/login", login, headers=FROM)
    assert last_line(log) == who("zoe")

    api.get(f"{BASE}/session", bearer=answer.json["context_id"], headers=FROM)
    assert last_line(log) == who("zoe")

    api.put(f"{BASE}/logoff", bearer=answer.json["context_id"], headers=FROM)
    assert last_line(log) == who("zoe")


def test_a_name_that_is_not_verified_is_not_logged(
    api: Api, admin: str, log: pytest.LogCaptureFixture
) -> None:
    add(api, "zoe")
    context_id = log_in(api, "zoe")
    log.clear()

    api.put(f"{BASE}/login", {"customer_id": "zoe", "password": "wrong"}, headers=FROM)
    api.put(f"{BASE}/login", {"customer_id": "planted", "password": "wrong"}, headers=FROM)
    api.get(f"{BASE}/session?customer_id=planted", bearer=context_id, headers=FROM)
    api.get(f"{BASE}/session", bearer=f"{'p' * 43}.planted", headers=FROM)
    api.put(f"{BASE}/logoff", bearer=f"{'p' * 43}.planted", headers=FROM)
    api.post(f"{BASE}/", a_message("planted", email="zoe@shop.example"), headers=FROM)
    # waitress may also log how many requests wait.
    lines = [vars(record) for record in log.records if record.getMessage() == "request"]
    assert [line["customer_id"] for line in lines] == [None] * 6

    for path in ("planted", "planted/sessions", "planted/log"):
        api.get(f"{BASE}/{path}", bearer=admin, headers=FROM)
        assert last_line(log) == who("admin")
    assert "planted" not in "".join(str(vars(record)) for record in log.records)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "zoe"),
        ("GET", "zoe/log"),
        ("GET", "zoe/sessions"),
        ("DELETE", "zoe/sessions"),
        ("DELETE", "zoe/throttle"),
        ("DELETE", "zoe"),
    ],
)
def test_the_target_is_whom_an_admin_reads_or_changes(
    api: Api, admin: str, log: pytest.LogCaptureFixture, method: str, path: str
) -> None:
    add(api, "zoe")

    answer = api.request(method, f"{BASE}/{path}", bearer=admin, headers=FROM)

    assert answer.status == 200
    assert last_line(log) == who("admin", "zoe")


def test_the_target_of_an_update_may_stand_in_its_message(
    api: Api, admin: str, log: pytest.LogCaptureFixture
) -> None:
    add(api, "zoe")
    headers = {"Content-Type": "application/json", **FROM}

    api.put(f"{BASE}/", {"customer_id": "zoe", "lname": "New"}, bearer=admin, headers=headers)

    assert last_line(log) == who("admin", "zoe")


def test_who_reads_about_themselves_has_no_target(api: Api, log: pytest.LogCaptureFixture) -> None:
    add(api, "zoe")
    context_id = log_in(api, "zoe")

    for path in ("zoe", "zoe/sessions"):
        assert api.get(f"{BASE}/{path}", bearer=context_id, headers=FROM).status == 200
        assert last_line(log) == who("zoe")


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        (("GET", "/me", {}), None),
        (("PATCH", "/me", {"fname": "Zoe"}), None),
        (("PATCH", "/me", {"fname": 1}), "invalid-input"),
        (("PUT", "/me/password", {"password": "x", "new_password": "planted"}), "wrong-password"),
        (("PUT", "/me/email", {"email": "planted@shop.example"}), None),
        (("GET", "/me/sessions", {}), None),
        (("DELETE", "/me/sessions", {}), None),
        (("DELETE", f"/me/sessions/planted{'p' * 15}", {}), "session-not-found"),
        (("DELETE", "/me", {}), None),
    ],
)
def test_customers_who_help_themselves_have_no_target(
    api: Api,
    log: pytest.LogCaptureFixture,
    asked: tuple[str, str, dict[str, Any]],
    problem: str | None,
) -> None:
    add(api, "zoe")
    context_id = log_in(api, "zoe")
    headers = {"Content-Type": "application/json", **FROM}
    method, path, message = asked

    api.request(method, BASE + path, message, bearer=context_id, headers=headers)

    assert last_line(log) == who("zoe")
    assert vars(log.records[-1])["problem"] == problem
    assert "planted" not in str(vars(log.records[-1]))


def test_a_name_under_which_a_link_is_asked_for_is_not_logged(
    api: Api, log: pytest.LogCaptureFixture
) -> None:
    add(api, "zoe")
    for name in ({"customer_id": "zoe"}, {"email": "planted@shop.example"}):
        headers = {"Content-Type": "application/json", **FROM}
        assert api.post(f"{BASE}/password-reset", name, headers=headers).status == 200
        assert last_line(log) == who(None)
    assert "planted" not in "".join(str(vars(record)) for record in log.records)


def test_wrong_present_passwords_count_as_failed_logins(
    serve: Callable[[], Api], log: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stolen session can be used to guess the password."""
    monkeypatch.setattr(refusal_log, "FAILURES", 2)
    api = serve()
    add(api, "zoe")
    context_id = log_in(api, "zoe")

    for guess in ("wrong", "worse"):
        message = {"password": guess, "new_password": "another horse"}
        assert api.put(f"{BASE}/me/password", message, bearer=context_id).status == 403

    assert len([line for line in log.messages if line.startswith("failed logins: 2 in")]) == 1


def test_a_refused_reader_is_named_without_a_target(
    api: Api, log: pytest.LogCaptureFixture
) -> None:
    add(api, "zoe")
    add(api, "yan")

    answer = api.get(f"{BASE}/yan", bearer=log_in(api, "zoe"), headers=FROM)

    assert answer.status == 403
    assert last_line(log) == who("zoe")


class WatchfulClock(ManualClock):
    """Notes during which request the domain asks for the time."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[RequestContext] = []

    def now(self) -> Any:
        self.seen.append(current_request())
        return super().now()


@pytest.fixture
def clock() -> WatchfulClock:
    return WatchfulClock()


def test_the_domain_knows_the_request_as_long_as_it_lasts(api: Api, clock: WatchfulClock) -> None:
    add(api, "zoe")
    clock.seen.clear()

    headers = {"X-Request-ID": "id-1", **FROM}
    api.put(f"{BASE}/login", {"customer_id": "zoe", "password": PASSWORD}, headers=headers)
    assert set(clock.seen) == {RequestContext(SOURCE, "id-1")}

    clock.seen.clear()
    headers = {"X-Request-ID": "id-2", "X-Forwarded-For": "192.0.2.8"}
    api.put(f"{BASE}/login", {"customer_id": "zoe", "password": "wrong"}, headers=headers)
    assert set(clock.seen) == {RequestContext("192.0.2.8", "id-2")}

    assert current_request() == RequestContext()
