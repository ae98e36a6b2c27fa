"""Reads the body of a WSGI request, whichever server runs the application (PEP 3333)."""

import re
from typing import Final
from wsgiref.types import WSGIEnvironment

from .problem import LENGTH_REQUIRED, MALFORMED_MESSAGE, MESSAGE_TOO_LARGE, MessageError

_LENGTH: Final = re.compile(r"\d{1,18}", re.ASCII)


class ShortBodyError(MessageError):
    """The body ended after ``received`` bytes, before its announced end."""

    def __init__(self, received: int) -> None:
        self.received = received
        super().__init__(
            MALFORMED_MESSAGE, "The message ended before its announced end. Send it again."
        )


def read_body(environ: WSGIEnvironment, limit: int) -> bytes:
    """The whole body; empty if the request has none.

    A body in transfer coding ``chunked`` has no length in advance. It is read if the server says
    that its input ends with the body (``wsgi.input_terminated``), as gunicorn, granian and
    waitress do. Another server's input is not safe to read, and the body counts as unreadable,
    never as empty. A body in chunks that is empty is not complete.

    Raises:
        MessageError: the body is longer than ``limit`` bytes, or its end cannot be known.
        ShortBodyError: the body is not complete.
    """
    terminated = bool(environ.get("wsgi.input_terminated"))
    if environ.get("HTTP_TRANSFER_ENCODING"):
        # A Content-Length beside it does not count (RFC 9112, 6.3).
        if not terminated:
            raise MessageError(
                LENGTH_REQUIRED,
                "The server cannot read a message of unknown length. Send the message with the"
                " header Content-Length, and without Transfer-Encoding.",
            )
        body = _read_to_end(environ, limit)
        if not body:
            # granian gives so what it could not read: a chunk that is malformed, or cut.
            raise ShortBodyError(0)
        return body
    length = environ.get("CONTENT_LENGTH")
    if length:
        return _read_exactly(environ, _parse_length(length), limit)
    # HTTP/2 needs neither header.
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
    """At most ``size`` bytes; fewer only if the input ends before."""
    body = b""
    try:
        while len(body) < size and (part := environ["wsgi.input"].read(size - len(body))):
            body += part
    except Exception as error:
        # How servers say that the connection was closed, or that a chunk is malformed: gunicorn
        # has errors of its own for that.
        raise ShortBodyError(len(body)) from error
    return body


def _too_large(limit: int) -> MessageError:
    return MessageError(MESSAGE_TOO_LARGE, f"The message may have at most {limit} bytes.")
