"""Reads a response of HTTP/1.1 (RFC 9112) from the bytes of a server that may send anything.

It is stricter than the RFC demands: what two readers could understand in two ways is refused, such
as a folded header, a line that ends without CR, or both Content-Length and Transfer-Encoding.
"""

import re
from http import HTTPStatus
from typing import Final

from .http_response import HttpResponse

_STATUS_LINE: Final = re.compile(r"HTTP/1\.([01]) ([1-9]\d\d)(?: [^\0\r\n]*)?", re.ASCII)
_HEADER: Final = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\0\r\n]*?)[ \t]*", re.ASCII)
_LENGTH: Final = re.compile(r"\d{1,10}", re.ASCII)
_CHUNK: Final = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\0\r\n]*)?")
_BEGIN: Final = b"HTTP/1."

# The last three in bytes.
_MAX_HEADERS: Final = 100
_MAX_HEAD: Final = 64 * 1024
_MAX_CHUNK_LINE: Final = 1024
_MAX_OVERHEAD: Final = 256 * 1024
"""Of a response beside its body: heads of interim responses, lengths of chunks and a trailer."""


class ResponseError(ValueError):
    """What the server sent is no response, too long or cut off. The text repeats nothing of it."""


class ResponseReader:
    """Reads one response. Takes bytes as they arrive, with no more than ``max_body`` in the body.

    An interim response is skipped. ``reusable`` says, after the response is complete, whether the
    connection may serve another request.
    """

    def __init__(self, max_body: int) -> None:
        self._max_body = max_body
        self._buffer = bytearray()
        self._received = 0
        self._status = 0
        self._headers: dict[str, str] = {}
        self._persistent = False
        self._length: int | None = None
        """Bytes of the body; None until the head is read, and for a body of another framing."""
        self._chunks: bytearray | None = None
        self._in_trailer = False
        self.reusable = False

    @property
    def begun(self) -> bool:
        """Whether the server sent anything."""
        return self._received > 0

    def feed(self, data: bytes) -> HttpResponse | None:
        """Take ``data``, which is not empty. Returns the response once it is complete.

        Raises:
            ResponseError: it can be no response.
        """
        self._received += len(data)
        if self._received > self._max_body + _MAX_OVERHEAD:
            raise ResponseError("its answer is too long")
        seen = len(self._buffer)
        self._buffer += data
        while not self._status:
            if not self._read_head(seen):
                return None
            seen = 0
        if self._chunks is not None:
            return self._read_chunks(self._chunks)
        if self._length is not None:
            return self._read_body(self._length)
        if len(self._buffer) > self._max_body:
            raise ResponseError("its answer is too long")
        return None

    def feed_end(self) -> HttpResponse:
        """Take the end of the connection, which may be the end of the response.

        Raises:
            ResponseError: the response is cut off.
        """
        if not self._status or self._length is not None or self._chunks is not None:
            raise ResponseError("its answer is cut off")
        return self._response(bytes(self._buffer))

    def _read_head(self, seen: int) -> bool:
        """Read a head if all of it is there: the first ``seen`` bytes were searched before."""
        buffer = self._buffer
        if not buffer.startswith(_BEGIN[: len(buffer)]):
            raise ResponseError("its answer is not HTTP/1")
        end = buffer.find(b"\r\n\r\n", max(0, seen - 3))
        if end > _MAX_HEAD or (end < 0 and len(buffer) > _MAX_HEAD):
            raise ResponseError("its answer is too long")
        if end < 0:
            return False
        status_line, *lines = buffer[:end].decode("latin-1").split("\r\n")
        del buffer[: end + 4]
        match = _STATUS_LINE.fullmatch(status_line)
        if match is None or len(lines) > _MAX_HEADERS:
            raise ResponseError("its answer has no status, or too many headers")
        status = int(match[2])
        if status >= HTTPStatus.OK:
            self._headers = _parse_headers(lines)
            self._status = status
            self._set_framing(minor=match[1])
        elif status == HTTPStatus.SWITCHING_PROTOCOLS:
            raise ResponseError("its answer is another protocol")
        return True

    def _set_framing(self, *, minor: str) -> None:
        """How the body ends (RFC 9112, 6.3), and whether the connection stays open (9.3)."""
        headers = self._headers
        length, coding = headers.get("content-length"), headers.get("transfer-encoding")
        if self._status in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED):
            self._length = 0
        elif coding is not None:
            if coding.lower() != "chunked" or length is not None or minor == "0":
                raise ResponseError("its answer has an unclear length")
            self._chunks = bytearray()
        elif length is not None:
            if not _LENGTH.fullmatch(length):
                raise ResponseError("its answer has an unclear length")
            self._length = int(length)
            if self._length > self._max_body:
                raise ResponseError("its answer is too long")
        # A body that a 204 or a 304 announces may follow, and be taken for the next response.
        announced = self._length == 0 and (coding is not None or length not in (None, "0"))
        closing = "close" in headers.get("connection", "").lower()
        self._persistent = minor == "1" and not closing and not announced

    def _read_body(self, length: int) -> HttpResponse | None:
        buffer = self._buffer
        if len(buffer) < length:
            return None
        # Bytes after the response could be taken for the next one.
        self.reusable = self._persistent and len(buffer) == length
        return self._response(bytes(buffer[:length]))

    def _read_chunks(self, body: bytearray) -> HttpResponse | None:
        """Read each chunk (RFC 9112, 7.1) that is there as a whole, and then the trailer."""
        buffer = self._buffer
        start = 0
        try:
            while (end := buffer.find(b"\r\n", start, start + _MAX_CHUNK_LINE)) >= 0:
                line = bytes(buffer[start:end])
                if self._in_trailer:
                    start = end + 2
                    if not line:
                        self.reusable = self._persistent and len(buffer) == start
                        return self._response(bytes(body))
                    continue
                size = _chunk_size(line)
                if len(body) + size > self._max_body:
                    raise ResponseError("its answer is too long")
                if size == 0:
                    self._in_trailer, start = True, end + 2
                    continue
                last = end + 2 + size
                if len(buffer) < last + 2:
                    return None
                if not buffer.startswith(b"\r\n", last):
                    raise ResponseError("its answer has a chunk of another length")
                body += buffer[end + 2 : last]
                start = last + 2
        finally:
            del buffer[:start]
        if len(buffer) >= _MAX_CHUNK_LINE:
            raise ResponseError("its answer is too long")
        return None

    def _response(self, body: bytes) -> HttpResponse:
        return HttpResponse(self._status, self._headers, body)


def _parse_headers(lines: list[str]) -> dict[str, str]:
    """The headers by their names in lower case. The values of a repeated one are joined."""
    headers: dict[str, str] = {}
    for line in lines:
        match = _HEADER.fullmatch(line)
        if match is None:
            raise ResponseError("its answer has a header that cannot be read")
        name, value = match[1].lower(), match[2]
        # Two lengths never match the pattern of one, even if they are equal.
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _chunk_size(line: bytes) -> int:
    match = _CHUNK.fullmatch(line)
    if match is None:
        raise ResponseError("its answer has a chunk without a length")
    return int(match[1], 16)
