"""Parses requests strictly by RFC 9112.

A proxy and a server that disagree about the end of a request let an attacker smuggle a second one
(RFC 9112, 11.2). So the parser refuses every request that can be read in two ways.
"""

# pyright has type stubs of an older waitress.
# pyright: reportAssignmentType=false, reportAttributeAccessIssue=false, reportIndexIssue=false
# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false

import re
from collections.abc import Callable
from typing import Any, Final

from waitress.buffers import OverflowableBuffer
from waitress.parser import (
    HTTPRequestParser,
    ParsingError,
    TransferEncodingNotImplemented,
    unquote_bytes_to_wsgi,
)
from waitress.receiver import FixedStreamReceiver
from waitress.utilities import RequestHeaderFieldsTooLarge

from .chunked_decoder import ChunkedDecoder
from .errors import VersionNotSupportedError
from .host_field import parse_host
from .limits import MAX_HEADER_FIELDS

_REQUEST_LINE: Final = re.compile(
    rb"(?P<method>[!#$%&'*+\-.^_`|~0-9A-Z]+) (?P<target>[^\x00-\x20\x7f#]+)"
    rb" HTTP/(?P<version>[0-9]\.[0-9])"
)
_ABSOLUTE_TARGET: Final = re.compile(
    rb"https?://(?P<authority>[^/?]*)(?P<path>[^?]*)(?P<query>\?.*)?", re.IGNORECASE
)
_FIELD_NAME: Final = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_CONTROL_CHARACTER: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_CONTENT_LENGTH: Final = re.compile(r"[0-9]+", re.ASCII)


class RequestParser(HTTPRequestParser):
    """Parses one request from the bytes of a connection.

    waitress' own parser accepts much that RFC 9112 forbids, and needs seconds for a header field
    of many spaces. After a refusal the server closes the connection.

    Args:
        adjustments: the settings of waitress.
        leaves_body_unread: says whether a request to this path is answered without its body. The
            server then closes the connection, because bytes of the body may follow.
    """

    body_rcv: Any
    chunked: bool
    error: Any

    def __init__(
        self,
        adjustments: Any,  # noqa: ANN401 (waitress has no types)
        leaves_body_unread: Callable[[str], bool] = lambda _path: False,
    ) -> None:
        super().__init__(adjustments)
        self._leaves_body_unread = leaves_body_unread

    @property
    def buffered_bytes(self) -> int:
        """About how many bytes of memory the incomplete request takes."""
        body = 0 if self.body_rcv is None else len(self.body_rcv)
        return int(self.header_bytes_received) + body

    def received(self, data: bytes) -> int:
        """Parse ``data``. Returns how many bytes of it belong to this request."""
        receiver = self.body_rcv
        if receiver is None:
            consumed = int(super().received(data))
            if self.headers_finished:
                self.header_plus = b""
            return consumed
        consumed = int(receiver.received(data))
        if receiver.error is not None:
            self.error = receiver.error
            self.completed = True
        elif receiver.completed:
            self.completed = True
            if self.chunked:
                # The body is decoded, so the application gets its length.
                self.headers["CONTENT_LENGTH"] = str(len(receiver))
        return consumed

    def parse_header(self, header_plus: bytes) -> None:
        """Parse the request line and the header fields. waitress calls this once for each request.

        Raises:
            ParsingError: the request is malformed. The text repeats nothing that the client sent.
            TransferEncodingNotImplemented: the body has a coding other than ``chunked``.
        """
        line, *fields = header_plus.split(b"\r\n")
        self.first_line = line
        match = _REQUEST_LINE.fullmatch(line)
        if match is None:
            raise ParsingError("the request line is malformed")
        self.command = match["method"].decode("ascii")
        if match["version"] not in (b"1.0", b"1.1"):
            self.error = VersionNotSupportedError("this server speaks HTTP/1.0 and HTTP/1.1")
            return
        self.version = match["version"].decode("ascii")
        if len(fields) > MAX_HEADER_FIELDS + 2:
            self.error = RequestHeaderFieldsTooLarge("there are too many header fields")
            return
        self._parse_fields(fields)
        self._parse_target(match["target"])
        self._parse_connection()
        self._parse_framing()
        if self.body_rcv is not None and self._leaves_body_unread(self.path):
            self._leave_body_unread()

    def _leave_body_unread(self) -> None:
        """Complete the request without its body (RFC 9112, 9.6)."""
        self.body_rcv = None
        self.content_length = 0
        self.chunked = False
        self.expect_continue = False
        self.connection_close = True
        self.headers["CONNECTION"] = "close"

    def _parse_fields(self, lines: list[bytes]) -> None:
        headers: dict[str, str] = self.headers
        for line in lines:
            if not line:
                continue
            name, colon, value = line.partition(b":")
            if not colon or not _FIELD_NAME.fullmatch(name) or _CONTROL_CHARACTER.search(value):
                raise ParsingError("a header field is malformed")
            if b"_" in name:
                # WSGI writes hyphens as underscores, so this name could pass for another field.
                continue
            key = name.upper().replace(b"-", b"_").decode("ascii")
            text = value.strip(b" \t").decode("latin-1")
            if key in headers and key in ("HOST", "CONTENT_LENGTH"):
                raise ParsingError(f"the header field {name.decode('ascii').title()} is repeated")
            headers[key] = f"{headers[key]}, {text}" if key in headers else text

    def _parse_target(self, target: bytes) -> None:
        self.request_uri = target.decode("latin-1")
        self.url_scheme = self.adj.url_scheme
        self.fragment = ""
        path, _, query = target.partition(b"?")
        absolute = _ABSOLUTE_TARGET.fullmatch(target)
        if absolute is not None:
            # RFC 9112, 3.2.2: the host of an absolute target replaces the field Host.
            self._require_host(self.headers.get("HOST"))
            self.headers["HOST"] = absolute["authority"].decode("latin-1")
            path, query = absolute["path"] or b"/", (absolute["query"] or b"")[1:]
        elif not target.startswith(b"/") and (target, self.command) != (b"*", "OPTIONS"):
            raise ParsingError("the request target is malformed")
        self._require_host(self.headers.get("HOST"))
        self.path = unquote_bytes_to_wsgi(path)
        self.query = query.decode("latin-1")

    def _require_host(self, host: str | None) -> None:
        if host is None and self.version == "1.1":
            raise ParsingError("the header field Host is missing")
        if host is not None and parse_host(host) is None:
            raise ParsingError("the header field Host is malformed")

    def _parse_connection(self) -> None:
        tokens = _tokens(self.headers.get("CONNECTION", ""))
        if "close" in tokens:
            self.headers["CONNECTION"] = "close"
        elif "keep-alive" in tokens:
            self.headers["CONNECTION"] = "keep-alive"
        keep_alive = self.version == "1.1" or "keep-alive" in tokens
        self.connection_close = "close" in tokens or not keep_alive
        expectation = self.headers.get("EXPECT", "").lower()
        self.expect_continue = self.version == "1.1" and expectation == "100-continue"

    def _parse_framing(self) -> None:
        """Find out where the body ends.

        RFC 9112, 6.1, lets a server accept or refuse a request with both Transfer-Encoding and
        Content-Length. This server refuses it, because only an attacker sends both.
        """
        codings = self.headers.pop("TRANSFER_ENCODING", None)
        length = self.headers.get("CONTENT_LENGTH")
        if codings is not None:
            if length is not None:
                raise ParsingError("Transfer-Encoding and Content-Length exclude each other")
            if self.version == "1.0":
                raise ParsingError("HTTP/1.0 has no Transfer-Encoding")
            self._require_chunked(_tokens(codings))
            self.chunked = True
            self.body_rcv = ChunkedDecoder(self._new_buffer())
        elif length is not None:
            if not _CONTENT_LENGTH.fullmatch(length):
                raise ParsingError("Content-Length is not a number")
            try:
                self.content_length = int(length)
            except ValueError:
                # Python does not convert numbers of thousands of digits.
                raise ParsingError("Content-Length is too long") from None
            if self.content_length:
                self.body_rcv = FixedStreamReceiver(self.content_length, self._new_buffer())

    @staticmethod
    def _require_chunked(codings: list[str]) -> None:
        if any(coding != "chunked" for coding in codings):
            raise TransferEncodingNotImplemented("the only Transfer-Encoding here is chunked")
        if len(codings) != 1:
            raise ParsingError("Transfer-Encoding has to be chunked, once")

    def _new_buffer(self) -> Any:  # noqa: ANN401 (waitress has no types)
        return OverflowableBuffer(self.adj.inbuf_overflow)


def _tokens(field: str) -> list[str]:
    """The tokens of a comma-separated ``field``, in lower case."""
    # HTTP has only two white space characters; str.strip() would remove more.
    return [token for part in field.split(",") if (token := part.strip(" \t").lower())]
