"""The service works the same under every WSGI server."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.http.customer_api import (
    BASE,
    PASSWORD,
    add,
    faulty_fields,
    is_live,
    log_in,
    the_problem,
)
from support.http.transports import LIVEZ, RawConnection
from support.processes.wsgi_servers import (
    READS_CHUNKS,
    SERVERS,
    WORKERS,
    WSGIServer,
    family,
    running,
    started,
)
from support.stores.shared import shared_store

ADMIN_PASSWORD = "boss's own"
SETTINGS = {
    "CUSTOMER_STORAGE": "memory",
    "CUSTOMER_BCRYPT_ROUNDS": "4",
    "CUSTOMER_ADMIN_ID": "boss",
    "CUSTOMER_ADMIN_PASSWORD": ADMIN_PASSWORD,
    "CUSTOMER_TREADS": "4",
}


@pytest.fixture(params=SERVERS)
def name(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def server(name: str, tmp_path: Path) -> Iterator[WSGIServer]:
    """A server with one process, because the data is in memory."""
    with running(name, tmp_path, **SETTINGS) as server:
        yield server


def test_the_service_works_as_under_serve(server: WSGIServer) -> None:
    with server.api() as api:
        # The first request was /livez, so the admin exists now.
        admin = log_in(api, "boss", ADMIN_PASSWORD)
        assert api.get("/readyz").status == 200
        add(api, "zoe")
        zoe = log_in(api, "zoe")
        updated = api.put(f"{BASE}/zoe", {"lname": "New"}, bearer=admin)
        checked = api.get(f"{BASE}/session", bearer=zoe, headers={"X-Request-ID": "mine"})
        logged_out = api.put(f"{BASE}/logoff", {"customer_id": "zoe", "context_id": zoe})
        deleted = api.delete(f"{BASE}/", {"customer_id": "zoe"}, bearer=admin)
        refused = api.put(f"{BASE}/login", {"customer_id": "zoe", "password": PASSWORD})
        assert [it.status for it in (updated, checked, logged_out, deleted)] == [200] * 4
        the_problem(refused, 401, "login-refused")

    lines = {line.get("request_id"): line for line in server.log_lines}
    assert (lines["mine"]["method"], lines["mine"]["status_code"]) == ("GET", 200)
    assert lines[refused.json["request_id"]]["status_code"] == 401
    for answer in (updated, logged_out, deleted):
        assert answer.headers["x-request-id"] in lines
    assert sum("CUSTOMER_TREADS is not a setting" in str(line) for line in server.log_lines) == 1
    assert ADMIN_PASSWORD not in server.log
    assert admin[:43] not in server.log


def test_a_chunked_body_is_read_or_refused(server: WSGIServer, name: str) -> None:
    with server.api() as api:
        admin = log_in(api, "boss", ADMIN_PASSWORD)
        add(api, "zoe")

        update = exchange_chunked(server, "PUT", "/zoe", {"password": "new horse"}, admin)
        deletion = exchange_chunked(server, "DELETE", "/zoe", {"customer_id": "ann"}, admin)

        if READS_CHUNKS[family(name)]:
            assert update == 200
            assert deletion == 400
            assert is_live(api, log_in(api, "zoe", "new horse"))
        else:
            assert (update, deletion) == (411, 411)
            assert is_live(api, log_in(api, "zoe"))


def test_an_incomplete_body_changes_nothing(server: WSGIServer) -> None:
    with server.api() as api:
        admin = log_in(api, "boss", ADMIN_PASSWORD)
        add(api, "zoe")
        for length in ("Content-Length: 50", "Transfer-Encoding: chunked"):
            request = head("DELETE", "/zoe", admin, length) + b'{"customer_id": "zoe"'
            with RawConnection(server.url) as connection:
                connection.send(request)

        assert is_live(api, log_in(api, "zoe"))


@pytest.mark.parametrize("name", ["gunicorn-sync", "gunicorn-gthread", "uwsgi-threads", "granian"])
def test_the_gate_leaves_bodies_unread(server: WSGIServer) -> None:
    """It answers before the body, and then no byte of the body passes for a request.

    uWSGI removes dot segments, which must not lead out of the gate to the 200 of a probe.
    """
    smuggled = b"GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n"
    chunk = b"%x\r\n%s\r\n0\r\n\r\n" % (len(smuggled), smuggled)
    with server.api() as api:
        admin = log_in(api, "boss", ADMIN_PASSWORD)
    for length, body in (
        ("Content-Length: 1000000", b""),
        ("Transfer-Encoding: chunked", b""),
        (f"Content-Length: {len(smuggled)}", smuggled),
        ("Transfer-Encoding: chunked", chunk),
    ):
        for method in ("POST", "OPTIONS", "BREW"):
            with RawConnection(server.url) as connection:
                request = head(method, "/session/authorize/orders", admin, length) + body
                assert connection.exchange(request, method).status == 200, length
                if body:
                    assert next_status(connection) in (None, 200), length
    for path in ("/../../health", "/../../../../../livez", "/%2e%2e/%2e%2e/health"):
        for method in ("GET", "OPTIONS"):
            request = head(method, f"/session/authorize{path}", "x", "X-Nothing: 0")
            with RawConnection(server.url) as connection:
                assert connection.exchange(request).status in (400, 401), path


def test_all_missing_fields_are_reported_together(server: WSGIServer) -> None:
    message = {"email": "bad", "password": "a", "customer_id": "a b", "phone": "1"}
    with server.api() as api:
        answer = api.post(f"{BASE}/", message)

    assert faulty_fields(answer) == ["phone", "customer_id", "email", "password"]


@pytest.mark.parametrize(
    "store", ["sqlite", pytest.param("dynamodb-local", marks=pytest.mark.dynamodb_local)]
)
def test_several_workers_are_one_service(name: str, store: str, tmp_path: Path) -> None:
    with (
        shared_store(store, tmp_path) as shared,
        running(
            name, tmp_path, WORKERS[family(name)], "3", **{**SETTINGS, **shared.environ}
        ) as server,
        server.api() as api,
    ):
        admin = log_in(api, "boss", ADMIN_PASSWORD)
        add(api, "zoe")
        assert all(is_live(api, admin) for _ in range(20))
        ids = [api.get("/livez").headers["x-request-id"] for _ in range(60)]
        assert len({*ids}) == len(ids)
        assert api.put(f"{BASE}/zoe", {"lname": "New"}, bearer=admin).status == 200
        assert all(api.get("/readyz").status == 200 for _ in range(20))
        assert api.put(f"{BASE}/logoff", bearer=admin).status == 200
        assert not any(is_live(api, admin) for _ in range(20))
        assert shared.damage() == []

    assert "several processes" not in server.log


def test_the_memory_store_under_several_processes_logs_a_warning(tmp_path: Path) -> None:
    with running("gunicorn-preload", tmp_path, "--workers", "2", **SETTINGS) as server:
        assert "CUSTOMER_STORAGE is memory, but this server runs several processes" in server.log


@pytest.mark.parametrize("name", ["gunicorn-sync", "gunicorn-preload", "uwsgi", "granian"])
def test_wrong_settings_are_reported_and_the_server_stops(name: str, tmp_path: Path) -> None:
    wrong = {"CUSTOMER_THREADS": "none", "CUSTOMER_STORAGE": "disk"}
    with running(name, tmp_path, wait=False, **{**SETTINGS, **wrong}) as server:
        assert server.await_exit() != 0 or name == "granian"

    assert "CUSTOMER_THREADS must be a whole number" in server.log
    assert "CUSTOMER_STORAGE must be dynamodb" in server.log
    assert "Traceback" not in server.log.partition("CUSTOMER_STORAGE must be")[2]


def test_uwsgi_without_threads_is_refused(tmp_path: Path) -> None:
    with running("uwsgi-bare", tmp_path, wait=False, **SETTINGS) as server:
        assert server.await_exit() != 0

    assert "uWSGI must be started with --enable-threads" in server.log


def head(method: str, path: str, bearer: str, length: str) -> bytes:
    lines = [
        f"{method} {BASE}{path} HTTP/1.1",
        "Host: shop.test",
        f"Authorization: Bearer {bearer}",
        "Content-Type: application/json",
        length,
        "\r\n",
    ]
    return "\r\n".join(lines).encode()


def next_status(connection: RawConnection) -> int | None:
    """The status of a further request; None if the server has closed the connection."""
    try:
        return connection.exchange(LIVEZ).status
    except OSError:
        return None


def exchange_chunked(
    server: WSGIServer, method: str, path: str, message: dict[str, str], bearer: str
) -> int:
    body = json.dumps(message).encode()
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:5], body[5:]))
    request = head(method, path, bearer, "Transfer-Encoding: chunked") + chunks + b"0\r\n\r\n"
    with RawConnection(server.url) as connection:
        return connection.exchange(request, method).status


DOCUMENT = (Path(__file__).parents[2] / "docs" / "wsgi.md").read_text()
COMMANDS = re.findall(r"^```sh\n(.*)\n```$", DOCUMENT, re.MULTILINE)
RUN = {
    "gunicorn": ("-m", "gunicorn"),
    "uwsgi": ("-c", "from pyuwsgi import run; run()"),
    "granian": ("-m", "granian"),
}


@pytest.mark.parametrize("program", RUN)
def test_the_command_of_the_documentation_serves(program: str, tmp_path: Path) -> None:
    (command,) = [it for it in COMMANDS if it.startswith(f"{program} ")]
    _, *options = shlex.split(command.replace("0.0.0.0", "{host}").replace("30000", "{port}"))

    with (
        started(program, (*RUN[program], *options), tmp_path, **SETTINGS) as server,
        server.api() as api,
    ):
        assert log_in(api, "boss", ADMIN_PASSWORD)
        assert api.get("/readyz").status == 200
