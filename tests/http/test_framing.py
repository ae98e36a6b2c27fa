"""The parser follows RFC 9112 strictly, which prevents request smuggling."""

from collections.abc import Iterator
from time import monotonic

import pytest
from support.http.customer_api import BASE, the_problem
from support.http.transports import LIVEZ, RawConnection, served

from cybershop_customer.entrypoints.container import memory_container
from cybershop_customer.entrypoints.http.app import create_app

MAX_BYTES = 64 * 1024


@pytest.fixture
def connection() -> Iterator[RawConnection]:
    with (
        served(create_app(memory_container().services())) as server,
        RawConnection(server.url) as connection,
    ):
        yield connection


def post(*headers: str, host: str = "Host: shop.test", version: str = "1.1") -> bytes:
    lines = [f"POST {BASE}/ HTTP/{version}", "Content-Type: application/json", host, *headers]
    return "\r\n".join([line for line in lines if line] + ["", ""]).encode("latin-1")


def get(target: str, *headers: str, version: str = "HTTP/1.1") -> bytes:
    lines = [f"GET {target} {version}".rstrip(), *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1")


def chunked(*chunks: bytes) -> bytes:
    encoded = (b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in (*chunks, b""))
    return post("Transfer-Encoding: chunked") + b"".join(encoded)


CHUNKED = "Transfer-Encoding: chunked"


@pytest.mark.parametrize(
    "request_",
    [
        # 6.1: both lengths, in either order; a coding in HTTP/1.0; chunked twice; no coding.
        post(CHUNKED, "Content-Length: 5") + b"0\r\n\r\n",
        post("Content-Length: 5", CHUNKED) + b"0\r\n\r\n",
        post("Content-Length: 0", CHUNKED) + b"0\r\n\r\n",
        post(CHUNKED, version="1.0") + b"0\r\n\r\n",
        post("Transfer-Encoding: chunked, chunked") + b"0\r\n\r\n",
        post(CHUNKED, CHUNKED) + b"0\r\n\r\n",
        post("Transfer-Encoding:") + b"0\r\n\r\n",
        # 6.3: two lengths, or a length that is no number.
        post("Content-Length: 2\r\nContent-Length: 3") + b"[]",
        post("Content-Length: 2\r\nContent-Length: 2") + b"[]",
        post("Content-Length: +2") + b"[]",
        post("Content-Length: 0x2") + b"[]",
        post("Content-Length: 2 ", "Content-Length : 2") + b"[]",
        # 7.1: chunks.
        post(CHUNKED) + b"2\n\r\n[]\r\n0\r\n\r\n",
        post(CHUNKED) + b"\r\n2\r\n[]\r\n0\r\n\r\n",
        post(CHUNKED) + b"0x2\r\n[]\r\n0\r\n\r\n",
        post(CHUNKED) + b"-2\r\n[]\r\n0\r\n\r\n",
        post(CHUNKED) + b"2 \r\n[]\r\n0\r\n\r\n",
        post(CHUNKED) + b"2\r\n[]0\r\n\r\n",
        post(CHUNKED) + b"2;a\x00b\r\n[]\r\n0\r\n\r\n",
        post(CHUNKED) + b"2;" + b"x" * 10_000,
        post(CHUNKED) + b"1" * 10_000,
        post(CHUNKED) + b"0\r\n" + b"x: y\r\n" * 10_000,
        # 3.2: Host is missing, repeated or malformed.
        post(host=""),
        post("Host: shop.test"),
        post("Host: other.test"),
        post(host="Host:"),
        post(host="Host: a b"),
        post(host="Host: a/b"),
        post(host="Host: user@shop.test"),
        post(host="Host: shop.test:http"),
        post(host="Host: [::1"),
        post(host="Host: a\x80b"),
        get("/livez", "Host: a", "Host: a", version="HTTP/1.0"),
        # 5.2: folded lines; 2.2: bare CR and LF.
        post("X-Folded: a\r\n b"),
        post("X-Bare: a\rb"),
        post("X-Bare: a\nb"),
        # 3.2: malformed targets.
        get("livez", "Host: a"),
        get("*", "Host: a"),
        get("/livez#fragment", "Host: a"),
        get("ftp://a/livez", "Host: a"),
        get("http:///livez", "Host: a"),
        get("http://user@a/livez", "Host: a"),
        # HTTP/0.9
        get("/livez", version=""),
    ],
)
def test_an_ambiguous_request_is_refused_and_the_connection_closed(
    connection: RawConnection, request_: bytes
) -> None:
    connection.send(request_ + LIVEZ)

    answer = connection.receive()

    assert answer.status in (400, 413, 431), answer
    the_problem(answer, answer.status, answer.json["type"].rpartition(":")[2])
    assert answer.headers["connection"] == "close"
    assert connection.read(1) == b""


@pytest.mark.parametrize("version", ["1.2", "2.0", "3.0", "0.9"])
def test_other_versions_are_refused(connection: RawConnection, version: str) -> None:
    answer = connection.exchange(get("/livez", "Host: a", version=f"HTTP/{version}"))

    the_problem(answer, 505, "http-version-not-supported")
    assert answer.headers["connection"] == "close"


@pytest.mark.parametrize(
    "request_",
    [
        b"hello\r\n\r\n",
        post("Content-Length: 1", CHUNKED),
        post("Content-Length: 10000000"),
        get("/livez", "Host: a", "X: " + "x" * 300_000),
        post("Transfer-Encoding: gzip"),
        get("/livez", "Host: a", version="HTTP/2.0"),
    ],
)
def test_the_servers_own_problems_are_neither_cached_nor_sniffed(
    connection: RawConnection, request_: bytes
) -> None:
    answer = connection.exchange(request_)

    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["connection"] == "close"
    assert answer.headers["x-request-id"] == answer.json["request_id"]


@pytest.mark.parametrize("expect", [[], ["Expect: 100-continue"]])
@pytest.mark.parametrize("length", [MAX_BYTES + 1, 500_000])
def test_a_body_too_large_is_refused_when_its_length_is_known(
    connection: RawConnection, length: int, expect: list[str]
) -> None:
    answer = connection.exchange(post(f"Content-Length: {length}", *expect))

    the_problem(answer, 413, "message-too-large")
    assert answer.headers["connection"] == "close"


@pytest.mark.parametrize("chunk", [b"x" * MAX_BYTES, b"x" * 1000])
def test_a_chunked_body_is_refused_when_it_becomes_too_large(
    connection: RawConnection, chunk: bytes
) -> None:
    count = MAX_BYTES // len(chunk)
    whole = chunked(*[chunk] * count)[: -len(b"0\r\n\r\n")]
    connection.send(whole + b"fffffff\r\n")

    the_problem(connection.receive(), 413, "message-too-large")


def test_the_largest_message_is_read_in_chunks_of_any_size(connection: RawConnection) -> None:
    largest = b" " * (MAX_BYTES - 2) + b"[]"

    for size in (MAX_BYTES, 7):
        parts = [largest[start : start + size] for start in range(0, MAX_BYTES, size)]
        the_problem(connection.exchange(chunked(*parts)), 400, "malformed-message")
    assert connection.exchange(LIVEZ).status == 200


def test_chunks_may_come_byte_by_byte_with_extensions_and_trailers(
    connection: RawConnection,
) -> None:
    body = b'1;a=b;c="d;e"\r\n[\r\n0001\r\n]\r\n0;last\r\nX-Trailer: y\r\n\r\n'
    for byte in post(CHUNKED) + body:
        connection.send(bytes([byte]))

    the_problem(connection.receive(), 400, "malformed-message")
    assert connection.exchange(LIVEZ).status == 200


def test_a_client_that_sends_its_whole_refused_upload_gets_the_answer(
    connection: RawConnection,
) -> None:
    connection.send(post("Content-Length: 3000000") + b"x" * 3_000_000)

    the_problem(connection.receive(), 413, "message-too-large")
    assert connection.read(1) == b""


def test_expect_100_continue_without_a_body_is_answered_at_once(connection: RawConnection) -> None:
    answer = connection.exchange(get("/livez", "Host: a", "Expect: 100-continue"))

    assert answer.status == 200


@pytest.mark.parametrize(
    ("target", "host"),
    [
        ("http://127.0.0.1:1/livez", "shop.test"),
        ("HTTP://shop.test/livez?x=1", "shop.test"),
        ("https://shop.test/livez", "shop.test"),
    ],
)
def test_a_target_in_absolute_form_is_served(
    connection: RawConnection, target: str, host: str
) -> None:
    assert connection.exchange(get(target, f"Host: {host}")).status == 200


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1:30000", "[::1]:30000", "shop_1.test", "x" * 253, "shop.test:"]
)
def test_hosts_of_every_form_are_served(connection: RawConnection, host: str) -> None:
    assert connection.exchange(get("/livez", f"Host: {host}")).status == 200


@pytest.mark.parametrize("token", ["close", "Close", "keep-alive, close", "close, TE"])
def test_connection_close_closes_the_connection(connection: RawConnection, token: str) -> None:
    answer = connection.exchange(get("/livez", "Host: a", f"Connection: {token}"))

    assert (answer.status, answer.headers["connection"]) == (200, "close")
    assert connection.read(1) == b""


@pytest.mark.parametrize("token", ["keep-alive", "Keep-Alive", "keep-alive, TE"])
def test_http_1_0_keeps_a_connection_with_keep_alive(connection: RawConnection, token: str) -> None:
    request = get("/livez", f"Connection: {token}", version="HTTP/1.0")

    for _ in range(2):
        answer = connection.exchange(request)
        assert (answer.status, answer.headers["connection"].lower()) == (200, "keep-alive")


def test_empty_lines_between_requests_are_ignored(connection: RawConnection) -> None:
    for _ in range(2):
        assert connection.exchange(b"\r\n\r\n" + LIVEZ + b"\r\n").status == 200


def test_a_field_of_many_spaces_is_refused_at_once(connection: RawConnection) -> None:
    started = monotonic()

    answer = connection.exchange(get("/livez", "Host: a", "X:" + " " * 30_000 + "\x00"))

    the_problem(answer, 400, "bad-request")
    assert monotonic() - started < 1


def test_many_small_fields_are_refused(connection: RawConnection) -> None:
    answer = connection.exchange(get("/livez", "Host: a", *[f"x{n}:" for n in range(4_000)]))

    the_problem(answer, 431, "request-header-fields-too-large")


def test_hundreds_of_requests_in_one_packet_are_answered_in_order(
    connection: RawConnection,
) -> None:
    requests = [get("/livez", "Host: a", f"X-Request-ID: {number}") for number in range(200)]
    connection.send(b"".join(requests))

    ids = [connection.receive().headers["x-request-id"] for _ in requests]

    assert ids == [str(number) for number in range(200)]
