"""The server itself answers unreadable requests, with problems as the application does."""

import logging
from collections.abc import Iterator
from uuid import UUID

import pytest
from support.http.customer_api import BASE, the_problem
from support.http.transports import LIVEZ, RawConnection, served

from cybershop_customer.entrypoints.container import Container
from cybershop_customer.entrypoints.http.app import create_app

HANG_UP = 1024 * 1024


@pytest.fixture
def connection(container: Container) -> Iterator[RawConnection]:
    with (
        served(create_app(container.services())) as server,
        RawConnection(server.url) as connection,
    ):
        yield connection


def post(headers: str) -> bytes:
    return f"POST {BASE}/ HTTP/1.1\r\nHost: shop.test\r\n{headers}\r\n\r\n".encode("latin-1")


@pytest.mark.parametrize(
    "garbage",
    [
        b"hello\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"\x00\r\n\r\n",
        b"GET\r\n\r\n",
        b"get / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/x.y\r\n\r\n",
        b"GET  / HTTP/1.1\r\n\r\n",
        b"GET /a b HTTP/1.1\r\n\r\n",
        b"GET http://[ HTTP/1.1\r\nHost: shop.test\r\n\r\n",
        b"GET http://[::1 HTTP/1.1\r\nHost: shop.test\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\n continued\r\n\r\n",
        b"GET / HTTP/1.1\r\nA: b\nC: d\r\n\r\n",
        b"GET / HTTP/1.1\r\nA : b\r\n\r\n",
        b"GET / HTTP/1.1\r\nA: b\x00c\r\n\r\n",
        post("Content-Length: -1"),
        post("Content-Length: +1"),
        post("Content-Length: one"),
        post("Content-Length: 1, 2"),
        post("Content-Length: 1\r\nContent-Length: 2"),
        post("Content-Length: " + "9" * 5000),
        post("Transfer-Encoding: chunked") + b"xyz\r\n\r\n",
    ],
)
def test_an_unreadable_request_is_refused_with_a_problem(
    connection: RawConnection, garbage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "cybershop_customer")

    answer = connection.exchange(garbage)

    problem = the_problem(answer, 400, "bad-request")
    assert UUID(problem["request_id"]).version == 4
    assert answer.headers["connection"] == "close"
    # waitress may log that a request waits for a thread.
    (record,) = (it for it in caplog.records if it.name.startswith("cybershop_customer"))
    assert vars(record)["request_id"] == problem["request_id"]
    assert vars(record)["status_code"] == 400


@pytest.mark.parametrize("length", [HANG_UP, 10 * HANG_UP, 10**100])
def test_a_huge_message_is_refused_before_it_is_sent(
    connection: RawConnection, length: int
) -> None:
    answer = connection.exchange(post(f"Content-Length: {length}"))

    the_problem(answer, 413, "message-too-large")
    assert answer.headers["connection"] == "close"


def test_a_huge_stream_is_refused(connection: RawConnection) -> None:
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    connection.send(post("Content-Type: application/json\r\nTransfer-Encoding: chunked"))

    answer = connection.exchange(chunk * (HANG_UP // 0x10000))

    the_problem(answer, 413, "message-too-large")


def test_huge_headers_are_refused(connection: RawConnection) -> None:
    answer = connection.exchange(b"GET / HTTP/1.1\r\nX-Long: " + b"x" * 0x40000)

    the_problem(answer, 431, "request-header-fields-too-large")


def test_an_unknown_transfer_coding_is_not_implemented(connection: RawConnection) -> None:
    the_problem(connection.exchange(post("Transfer-Encoding: gzip")), 501, "not-implemented")


def test_a_message_may_be_chunked(connection: RawConnection) -> None:
    headers = "Content-Type: application/json\r\nTransfer-Encoding: chunked"
    body = b'9\r\n{"email":\r\n4\r\n "a"\r\n1\r\n}\r\n0\r\n\r\n'

    problem = the_problem(connection.exchange(post(headers) + body), 400, "invalid-input")
    assert [fault["field"] for fault in problem["errors"]] == ["password", "email"]


def test_a_refusal_by_the_application_leaves_the_connection_open(
    connection: RawConnection,
) -> None:
    the_problem(
        connection.exchange(post("Content-Length: 2") + b"[]"), 415, "unsupported-media-type"
    )
    assert connection.exchange(LIVEZ).status == 200


def test_pipelined_requests_are_answered_in_order(connection: RawConnection) -> None:
    connection.send(LIVEZ * 3)

    assert [connection.receive().status for _ in range(3)] == [200] * 3


def test_a_client_that_expects_100_continue_gets_it(connection: RawConnection) -> None:
    headers = "Content-Type: application/json\r\nContent-Length: 2\r\nExpect: 100-continue"
    connection.send(post(headers))

    assert connection.read(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
    the_problem(connection.exchange(b"{}"), 400, "invalid-input")


def test_http_1_0_is_answered_and_the_connection_closed(connection: RawConnection) -> None:
    answer = connection.exchange(b"GET /livez HTTP/1.0\r\n\r\n")

    assert (answer.status, answer.headers["connection"]) == (200, "close")


def test_headers_that_only_proxies_may_set_are_ignored(connection: RawConnection) -> None:
    request = LIVEZ.replace(b"\r\n\r\n", b"\r\nX-Forwarded-For: \xff\r\nForwarded: x=;\r\n\r\n")

    assert connection.exchange(request).status == 200
