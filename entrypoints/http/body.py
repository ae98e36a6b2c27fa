"""Reads the body of a WSGI request (PEP 3333), under any server.

Servers differ in how they pass chunked and incomplete bodies. An incomplete body must not pass
for a complete one.
"""

import re
from typing import Final
from wsgiref.types import WSGIEnvironment

from .problem import LENGTH_REQUIRED, MALFORMED_MESSAGE, MESSAGE_TOO_LARGE, MessageError

_LENGTH: Final = re.compile(r"\d{1,18}", re.ASCII)


class ShortBodyError(MessageError):
    """The body is incomplete: it ended after ``received`` bytes."""

    def __init__(self, received: int) -> None:
        self.received = received
        super().__init__(
            MALFORMED_MESSAGE, "The message ended before its announced end. Send it again."
        )


def read_body(environ: WSGIEnvironment, limit: int) -> bytes:
    """The whole body, which is empty if the request has none.

    The length of a chunked body is not known in advance. The function reads such a body only if
    the server ends the input with the body (``wsgi.input_terminated``), as gunicorn, granian and
    waitress do. Under another server it refuses the request. An empty chunked body counts as
    incomplete.

    Raises:
        MessageError: the body is longer than ``limit`` bytes, or its end is unknown.
        ShortBodyError: the body is incomplete.
    """
    terminated = bool(environ.get("wsgi.input_terminated"))
    if environ.get("HTTP_TRANSFER_ENCODING"):
        # Transfer-Encoding overrides Content-Length (RFC 9112, 6.3).
        if not terminated:
            raise MessageError(
                LENGTH_REQUIRED,
                "The server cannot read a message of unknown length. Send the message with the"
                " header Content-Length, and without Transfer-Encoding.",
            )
        body = _read_to_end(environ, limit)
        if not body:
            # granian passes an empty body if a chunk is malformed or incomplete.
            raise ShortBodyError(0)
        return body
    length = environ.get("CONTENT_LENGTH")
    if length:
        return _read_exactly(environ, _parse_length(length), limit)
    # In HTTP/2, a request with a body may have neither header.
    return _read_to_end(environ, limit) if terminated else b""


def _parse_length(text: str) -> int:
    if not _LENGTH.fullmatch(text):
        raise MessageError(MALFORMED_MESSAGE, "The header Content-Length must be one whole number.")
    return int(text)


def _read_exactly(environ: WSGIEnvironment, length: int, limit: int) -> bytes:
    if length > limit:
        raise _too_large(limit)
    body = _read(environ, length)
    if len(body) < length:
        raise ShortBodyError(len(body))
    return body


def _read_to_end(environ: WSGIEnvironment, limit: int) -> bytes:
    body = _read(environ, limit + 1)
    if len(body) > limit:
        raise _too_large(limit)
    return body


def _read(environ: WSGIEnvironment, size: int) -> bytes:
    """Read ``size`` bytes, or fewer if the input ends before."""
    body = b""
    try:
        while len(body) < size and (part := environ["wsgi.input"].read(size - len(body))):
            body += part
    except Exception as error:
        # Servers raise different errors for a closed connection or a malformed chunk; gunicorn
        # has its own classes.
        raise ShortBodyError(len(body)) from error
    return body


def _too_large(limit: int) -> MessageError:
    return MessageError(MESSAGE_TOO_LARGE, f"The message may have at most {limit} bytes.")
