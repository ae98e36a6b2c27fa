"""A response of HTTP/1.1 is read the same way however its bytes arrive."""

from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cybershop_customer.adapters.http_api.http1_request import encode_request
from cybershop_customer.adapters.http_api.http1_response import ResponseError, ResponseReader
from cybershop_customer.adapters.http_api.http_response import HttpResponse

MAX_BODY = 100
PLAIN = b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nETag: "1"\r\n\r\n{}'
CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"1;note=x\r\n{\r\n01\r\n}\r\n0\r\nX-Trailer: y\r\n\r\n"
)
INTERIM = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"

COMPLETE = {
    "plain": (PLAIN, b"{}", True),
    "chunked": (CHUNKED, b"{}", True),
    "interim": (INTERIM + PLAIN, b"{}", True),
    "no reason": (b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", b"", True),
    "no content": (b"HTTP/1.1 204 No Content\r\n\r\n", b"", True),
    "an announced body": (b"HTTP/1.1 204 No\r\nContent-Length: 2\r\n\r\n", b"", False),
    "announced chunks": (b"HTTP/1.1 304 No\r\nTransfer-Encoding: chunked\r\n\r\n", b"", False),
    "no announced body": (b"HTTP/1.1 204 No\r\nContent-Length: 0\r\n\r\n", b"", True),
    "closing": (
        b"HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 2\r\n\r\n{}",
        b"{}",
        False,
    ),
    "old": (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}", b"{}", False),
}
UNTIL_END = b"HTTP/1.1 200 OK\r\n\r\n{}"
HEAD = b"HTTP/1.1 200 OK\r\n"
INVALID = {
    "another protocol": b"SSH-2.0-x\r\n",
    "HTTP/2": b"HTTP/2 200\r\n\r\n",
    "four digits": b"HTTP/1.1 2000 OK\r\n\r\n",
    "an upgrade": b"HTTP/1.1 101 Switching\r\n\r\n",
    "a folded header": HEAD + b"A: b\r\n c\r\n\r\n",
    "a space before the colon": HEAD + b"Content-Length : 2\r\n\r\n{}",
    "a bare line feed": HEAD + b"A: b\nContent-Length: 2\r\n\r\n{}",
    "NUL": HEAD + b"A: \0\r\n\r\n",
    "two lengths": HEAD + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
    "a signed length": HEAD + b"Content-Length: +2\r\n\r\n{}",
    "length and chunks": HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "another coding": HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "chunks of HTTP/1.0": b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a chunk without end": HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n",
    "a signed chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n{\r\n",
    "a body too long": HEAD + b"Content-Length: 101\r\n\r\n",
    "a body too long in the end": HEAD + b"\r\n" + b"x" * 101,
    "chunks too long": HEAD + b"Transfer-Encoding: chunked\r\n\r\n65\r\n",
    "101 headers": HEAD + b"A: b\r\n" * 101 + b"\r\n",
    "a head too long": HEAD + b"A: " + b"b" * 70_000,
    "a chunk's line too long": HEAD + b"Transfer-Encoding: chunked\r\n\r\n1;" + b"x" * 2000,
}


def fed(*parts: bytes) -> tuple[HttpResponse | None, ResponseReader]:
    reader = ResponseReader(MAX_BODY)
    response = None
    for part in parts:
        assert response is None
        response = reader.feed(part)
    return response, reader


def pieces(data: bytes, cuts: set[int]) -> list[bytes]:
    places = [0, *sorted(cuts), len(data)]
    parts = [data[start:end] for start, end in pairwise(places)]
    return [part for part in parts if part]


@pytest.mark.parametrize(("data", "body", "reusable"), COMPLETE.values(), ids=COMPLETE)
def test_a_response_is_read_in_any_pieces(data: bytes, body: bytes, reusable: bool) -> None:
    for parts in ([data], [bytes([byte]) for byte in data]):
        response, reader = fed(*parts)
        assert response is not None
        assert (response.body, reader.reusable) == (body, reusable)


@given(data=st.data())
def test_pieces_never_matter(data: st.DataObject) -> None:
    raw = data.draw(st.sampled_from([*(row[0] for row in COMPLETE.values()), *INVALID.values()]))
    cuts = data.draw(st.sets(st.integers(1, max(1, len(raw) - 1)), max_size=8))

    def result(*parts: bytes) -> object:
        reader = ResponseReader(MAX_BODY)
        try:
            for part in parts:
                if response := reader.feed(part):
                    return response
        except ResponseError:
            return ResponseError
        return None

    assert result(*pieces(raw, cuts)) == result(raw)


def test_the_names_of_headers_are_in_lower_case_and_repeated_ones_are_joined() -> None:
    response, _ = fed(HEAD + b"X-A: 1 \r\nx-a:\t2\r\nContent-Length: 0\r\n\r\n")

    assert response is not None
    assert response.headers == {"x-a": "1, 2", "content-length": "0"}


@pytest.mark.parametrize("data", INVALID.values(), ids=INVALID)
def test_what_could_be_understood_in_two_ways_is_refused(data: bytes) -> None:
    with pytest.raises(ResponseError):
        fed(data)


def test_a_body_may_end_with_the_connection() -> None:
    response, reader = fed(UNTIL_END)

    assert response is None
    assert reader.feed_end().body == b"{}"
    assert not reader.reusable


@pytest.mark.parametrize("data", [PLAIN, CHUNKED, INTERIM], ids=["plain", "chunked", "interim"])
def test_a_connection_that_ends_early_cuts_the_response_off(data: bytes) -> None:
    for length in range(len(data)):
        reader = ResponseReader(MAX_BODY)
        if length:
            assert reader.feed(data[:length]) is None
        with pytest.raises(ResponseError):
            reader.feed_end()


def test_more_than_the_response_makes_the_connection_useless() -> None:
    for data in (PLAIN, CHUNKED):
        response, reader = fed(data + b"HTTP/1.1 200 OK\r\n")
        assert response is not None
        assert not reader.reusable


@given(st.binary(max_size=200))
def test_any_bytes_are_a_response_or_refused(data: bytes) -> None:
    reader = ResponseReader(MAX_BODY)
    with suppress(ResponseError):
        if data and reader.feed(data) is None:
            reader.feed_end()


def test_a_request_is_written() -> None:
    headers = {"Host": "shop.example", "X-Name": "é"}

    assert encode_request("PUT", "/a?b", headers=headers, body=b"{}") == (
        b"PUT /a?b HTTP/1.1\r\nHost: shop.example\r\nX-Name: \xe9\r\nContent-Length: 2\r\n\r\n{}"
    )
    assert encode_request("GET", "/", headers={}, body=None) == b"GET / HTTP/1.1\r\n\r\n"


@pytest.mark.parametrize("text", ["a\r\nb", "a\nb", "a\0b", "\u6771"])
def test_a_line_that_could_become_two_is_not_written(text: str) -> None:
    with pytest.raises(ValueError, match="forbidden character") as caught:
        encode_request("GET", "/", headers={"X": text}, body=None)
    assert text not in str(caught.value)
    with pytest.raises(ValueError, match="forbidden character"):
        encode_request("GET", f"/{text}", headers={}, body=None)
