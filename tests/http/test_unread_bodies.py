"""The gate answers before the body of a request, and no byte of it passes for a request."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any, Final

import falcon
import pytest
from support.http.customer_api import BASE, PASSWORD, the_problem
from support.http.transports import LIVEZ, RawConnection, served

from cybershop_customer.entrypoints.container import Container, memory_container
from cybershop_customer.entrypoints.http.app import create_app

GATE: Final = f"{BASE}/session/authorize"
SMUGGLED: Final = b"GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n"
CHUNK: Final = b"%x\r\n%s\r\n0\r\n\r\n" % (len(SMUGGLED), SMUGGLED)


class Unreadable(BytesIO):
    """An input that must not be read."""

    def read(self, *_: object) -> bytes:
        raise AssertionError("read")


@pytest.fixture
def container() -> Container:
    return memory_container()


@pytest.fixture
def context_id(container: Container) -> str:
    services = container.services()
    services.customers.add_customer(customer_id="zoe", email="zoe@shop.example", password=PASSWORD)
    return services.sessions.login(customer_id="zoe", password=PASSWORD).context_id


@pytest.fixture
def connection(container: Container, context_id: str) -> Iterator[RawConnection]:
    with (
        served(create_app(container.services())) as server,
        RawConnection(server.url) as connection,
    ):
        yield connection


def request(context_id: str, *fields: str, method: str = "POST", path: str = GATE) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: a", f"Authorization: Bearer {context_id}"]
    return "\r\n".join([*lines, *fields, "", ""]).encode()


@pytest.mark.parametrize(
    "path", [GATE, f"{GATE}/", f"{GATE}/orders", f"{BASE}/session/%61uthorize"]
)
@pytest.mark.parametrize(
    "fields",
    [
        ("Content-Length: 1000000",),
        ("Content-Length: 1000000", "Expect: 100-continue"),
        ("Content-Length: 1",),
        ("Transfer-Encoding: chunked",),
        ("Transfer-Encoding: chunked", "Expect: 100-continue"),
    ],
)
def test_a_body_that_never_comes_is_not_awaited(
    connection: RawConnection, context_id: str, path: str, fields: tuple[str, ...]
) -> None:
    answer = connection.exchange(request(context_id, *fields, path=path))

    assert (answer.status, answer.headers["x-customer-id"]) == (200, "zoe")
    assert answer.headers["connection"] == "close"
    assert connection.read(1) == b""


@pytest.mark.parametrize(
    ("field", "body"),
    [
        (f"Content-Length: {len(SMUGGLED)}", SMUGGLED),
        (f"Content-Length: {len(SMUGGLED)}", SMUGGLED + LIVEZ),
        ("Content-Length: 1000000", SMUGGLED * 29_412),
        ("Transfer-Encoding: chunked", CHUNK),
        ("Transfer-Encoding: chunked", SMUGGLED),
    ],
)
def test_a_body_that_comes_is_never_a_request(
    connection: RawConnection, context_id: str, field: str, body: bytes
) -> None:
    connection.send(request(context_id, field) + body)

    assert connection.receive().status == 200
    assert connection.read(1) == b"", "there is one answer, and then the end of the connection"


def test_a_refusal_leaves_the_body_unread_too(connection: RawConnection) -> None:
    answer = connection.exchange(request("x", "Content-Length: 1000000"))

    the_problem(answer, 401, "session-refused")
    assert connection.read(1) == b""


@pytest.mark.parametrize("field", ["Content-Length: 0", "X-Nothing: 0"])
def test_without_a_body_the_connection_stays_open(
    connection: RawConnection, context_id: str, field: str
) -> None:
    for _ in range(3):
        assert connection.exchange(request(context_id, field)).status == 200
    assert connection.exchange(LIVEZ).status == 200


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        (("Content-Length: 1", "Transfer-Encoding: chunked"), 400),
        (("Content-Length: 1", "Content-Length: 2"), 400),
        (("Content-Length: x",), 400),
        (("Transfer-Encoding: gzip",), 501),
    ],
)
def test_a_malformed_length_is_refused_as_elsewhere(
    connection: RawConnection, context_id: str, fields: tuple[str, ...], status: int
) -> None:
    assert connection.exchange(request(context_id, *fields)).status == status
    assert connection.read(1) == b""


def test_other_paths_still_await_their_body(connection: RawConnection, context_id: str) -> None:
    for path in (f"{BASE}/session", f"{GATE}x"):
        connection.send(request(context_id, "Content-Length: 2", path=path))
        connection.send(b"{}" + LIVEZ)

        assert connection.receive().status in (200, 404, 415)
        assert connection.receive().status == 200


def call(container: Container, **more: Any) -> str:
    """Call the application as a WSGI server does; its status."""
    started: list[str] = []
    environ = {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": GATE,
        "QUERY_STRING": "",
        "SERVER_NAME": "shop.test",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
        "wsgi.errors": None,
        "wsgi.input": Unreadable(),
        **more,
    }
    app = create_app(container.services())
    b"".join(app(environ, lambda status, _headers, *_: started.append(status)))
    return started[0]


@pytest.mark.parametrize(
    "more",
    [
        {"CONTENT_LENGTH": "1000000"},
        {"CONTENT_LENGTH": "x"},
        {"HTTP_TRANSFER_ENCODING": "chunked"},
        {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True},
        {"CONTENT_LENGTH": "9", "CONTENT_TYPE": "application/x-www-form-urlencoded"},
    ],
)
def test_under_any_server_the_input_is_not_read(
    container: Container, context_id: str, more: dict[str, Any]
) -> None:
    given = {"HTTP_AUTHORIZATION": f"Bearer {context_id}", **more}

    assert call(container, **given) == falcon.HTTP_200


@pytest.mark.parametrize(
    ("sent", "path"),
    [
        (f"{GATE}/../../health", f"{BASE}/health"),
        (f"{GATE}/../../../../../livez?a=b", "/livez"),
        (f"http://a{GATE}/..", f"{BASE}/session"),
    ],
)
def test_a_path_whose_dot_segments_the_server_removed_does_not_leave_the_gate(
    container: Container, sent: str, path: str
) -> None:
    """uWSGI removes them. Otherwise the 200 of a probe would let any client of Envoy pass."""
    for method in ("GET", "OPTIONS"):
        changed = {"REQUEST_METHOD": method, "REQUEST_URI": sent, "PATH_INFO": path}

        assert call(container, **changed) == falcon.HTTP_400


def test_the_path_of_the_gate_in_a_query_is_no_such_path(container: Container) -> None:
    asked = {"REQUEST_METHOD": "GET", "REQUEST_URI": f"/livez?next={GATE}", "PATH_INFO": "/livez"}

    assert call(container, **asked) == falcon.HTTP_200
