import re
import socket
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from support.http.customer_api import BASE, add, is_live, log_in
from support.http.transports import RawConnection
from support.processes.command import Service
from support.protected.service import wait_until
from support.services.operator import Operator

from cybershop_customer.entrypoints.cli import serve as serve_command
from cybershop_customer.entrypoints.settings import Settings

Serve = Callable[..., Service]
PYTHONS_SECONDS = 0.005
"""How long Python lets a thread run before another may."""

PRODUCTION = {"CUSTOMER_STORAGE": "memory", "CUSTOMER_HOST": "127.0.0.1"}


def test_the_demo_says_where_it_is_and_who_its_admin_is(demo: Serve) -> None:
    service = demo()
    lines = [service.next_line() for _ in range(2)]

    assert re.fullmatch(r"http://127\.0\.0\.1:[1-9]\d*", service.url)
    assert lines[0].startswith("Demo: data in memory")
    assert lines[1] == "Admin: admin, password: demo-admin"
    with service.api() as api:
        context_id = log_in(api, "admin", "demo-admin")
        session = api.get(f"{BASE}/session", bearer=context_id)
        assert session.json["roles"] == ["admin"]
        assert api.get("/readyz").status == 200


def test_the_demos_admin_is_whom_the_settings_name(demo: Serve) -> None:
    service = demo(CUSTOMER_ADMIN_ID="boss", CUSTOMER_ADMIN_PASSWORD="boss's own")
    lines = [service.next_line() for _ in range(2)]

    assert lines[1] == "Admin: boss, password: as CUSTOMER_ADMIN_PASSWORD says"
    with service.api() as api:
        assert log_in(api, "boss", "boss's own")
        login = {"customer_id": "admin", "password": "demo-admin"}
        assert api.put(f"{BASE}/login", login).status == 401


@pytest.mark.parametrize("how", ["option", "variable"])
def test_a_demo_that_others_can_reach_has_a_random_password(serve: Serve, how: str) -> None:
    def start() -> Service:
        if how == "option":
            return serve("--demo", "--host", "0.0.0.0")
        return serve("--demo", CUSTOMER_HOST="0.0.0.0")

    passwords = []
    for service in (start(), start()):
        admin = [service.next_line() for _ in range(2)][1]
        password = admin.removeprefix("Admin: admin, password: ")
        passwords.append(password)
        service.url = f"http://127.0.0.1:{service.port}"
        with service.api() as api:
            assert log_in(api, "admin", password)

    assert len({*passwords, "demo-admin"}) == 3
    assert all(len(password) >= 16 for password in passwords)


def test_production_has_no_admin_no_samples_and_no_weak_passwords(serve: Serve) -> None:
    service = serve(**PRODUCTION)

    with service.api() as api:
        for customer_id, password in [
            ("admin", "demo-admin"),
            ("567dce7f-b7b4-4efd-b75e-2b98592a56mdsf", "abcdefghisdsa8664654646"),
        ]:
            login = {"customer_id": customer_id, "password": password}
            assert api.put(f"{BASE}/login", login).status == 401
        weak = {"email": "zoe@shop.example", "password": "flash"}
        assert api.post(BASE, weak).status == 400
        assert api.post(BASE, {**weak, "password": "password1"}).status == 400
    service.signal()
    assert service.wait() == 0
    assert service.printed == [f"customer listens on {service.url}"]


def test_production_ensures_the_admin_that_is_named(serve: Serve) -> None:
    admin = {"CUSTOMER_ADMIN_ID": "boss", "CUSTOMER_ADMIN_PASSWORD": "boss's own"}
    service = serve(**PRODUCTION, **admin)

    with service.api() as api:
        wait_until(lambda: api.get("/readyz").status == 200)
        assert is_live(api, log_in(api, "boss", "boss's own"))


def test_options_win_over_variables(demo: Serve) -> None:
    service = demo("--host", "127.0.0.2", CUSTOMER_HOST="127.0.0.3", CUSTOMER_PORT="1")

    assert re.fullmatch(r"http://127\.0\.0\.2:[1-9]\d*", service.url)
    assert service.port != "1"


def test_ipv6_is_served_too(demo: Serve) -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    service = demo("--host", "::1")

    assert service.url == f"http://[::1]:{service.port}"
    assert service.next_line().startswith("Demo")
    assert service.next_line() == "Admin: admin, password: demo-admin"
    with service.api() as api:
        assert api.get("/livez").status == 200


def test_a_setting_misspelt_is_pointed_out(demo: Serve) -> None:
    service = demo(CUSTOMER_TREADS="4", CUSTOMER_SERVICE_HOST="10.0.0.1")

    assert "CUSTOMER_TREADS is not a setting; did you mean CUSTOMER_THREADS?" in service.log
    assert "SERVICE_HOST" not in service.log


def test_the_log_is_json_without_secrets(serve: Serve) -> None:
    planted = "planted-0-password"
    settings = {"CUSTOMER_ADMIN_ID": "boss", "CUSTOMER_ADMIN_PASSWORD": "planted-admin"}
    service = serve(**PRODUCTION, **settings)
    with service.api() as api:
        add(api, "zoe", password=planted, fname="planted-name")
        context_id = log_in(api, "zoe", planted)
        api.put(f"{BASE}/login", {"customer_id": "zoe", "password": "planted-wrong"})
        api.get(f"{BASE}/session?context_id={context_id}", bearer=context_id)
        api.get(f"{BASE}/session", headers={"Authorization": f"Basic {context_id}"})
        api.post(BASE, body=b'{"password": "planted-broken', headers={"X-Request-ID": "mine"})
        api.get("/planted-path?planted-query")
        assert api.put(f"{BASE}/logoff", bearer=context_id).status == 200
    service.signal()
    assert service.wait() == 0

    requests = [line for line in service.log_lines if line["message"] == "request"]
    assert [line["status_code"] for line in requests] == [200, 200, 401, 400, 401, 400, 404, 200]
    assert requests[5]["request_id"] == "mine"
    assert all(line["time"].endswith("Z") for line in requests)
    output = service.log + "\n".join(service.printed)
    for secret in ("planted", context_id, context_id[:43], "$2b$", "bcrypt-sha256"):
        assert secret not in output


def test_a_stricter_rule_for_passwords_leaves_samples_out_and_the_demo_ready(demo: Serve) -> None:
    service = demo(CUSTOMER_PASSWORD_MIN_LENGTH="12")

    with service.api() as api:
        assert api.get("/readyz").status == 200
        log_in(api, "admin", "demo-admin")


def test_an_empty_password_of_the_admin_counts_as_none(demo: Serve) -> None:
    service = demo("--host", "0.0.0.0", CUSTOMER_ADMIN_PASSWORD="")

    service.next_line()
    assert re.fullmatch(r"Admin: admin, password: [\w-]{16}", service.next_line())


def livez(service: Service, host: str, target: str = "/livez") -> int:
    request = f"GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
    with RawConnection(f"http://127.0.0.1:{service.port}") as connection:
        return connection.exchange(request).status


def test_the_demo_on_loopback_answers_loopback_names_only(demo: Serve) -> None:
    service = demo()

    assert livez(service, "localhost") == 200
    assert livez(service, f"127.0.0.1:{service.port}") == 200
    assert livez(service, "attacker.example") == 421
    assert livez(service, "localhost", "http://attacker.example/livez") == 421


@pytest.mark.parametrize("production", [False, True])
def test_others_names_are_answered_where_others_are_served(serve: Serve, production: bool) -> None:
    service = serve(**PRODUCTION) if production else serve("--demo", "--host", "0.0.0.0")

    assert livez(service, "shop.example") == 200


def test_request_threads_take_turns_more_often_than_python_lets_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    intervals: list[float] = []
    server = SimpleNamespace(
        url="", port=1, stop_seconds_left=0.0, run=lambda: True, close=lambda: None
    )
    application = SimpleNamespace(
        settings=Settings(storage="memory"), start=lambda: None, stop=lambda _: None
    )
    monkeypatch.setattr(serve_command.sys, "setswitchinterval", intervals.append)
    monkeypatch.setattr(serve_command.signal, "signal", lambda *_: None)
    monkeypatch.setattr(serve_command, "make_application", lambda *_, **__: application)
    monkeypatch.setattr(serve_command, "_listen", lambda *_: server)
    monkeypatch.setattr(serve_command, "leave", lambda status: status)

    assert Operator(monkeypatch, capsys).runs("serve").status == 0

    assert intervals == [serve_command.SWITCH_SECONDS]
    assert serve_command.SWITCH_SECONDS < PYTHONS_SECONDS
