"""Why a message was not sent, in words of this library: the server's text may repeat an address."""

import re
import smtplib
import socket
import ssl
from enum import StrEnum
from typing import Final

from .smtp_server import SmtpServer

_ENHANCED: Final = re.compile(rb"\s*([245]\.\d{1,3}\.\d{1,3})(?!\S)")
"""An enhanced status code at the beginning of a reply (RFC 2034)."""
_REPLY_CODES: Final = range(200, 600)
_TEMPORARY: Final = range(400, 500)


class Step(StrEnum):
    """What a delivery does, in order. The value says what the server may refuse."""

    CONNECT = "the connection"
    ENCRYPTION = "the encryption"
    GREETING = "the connection's beginning"
    STARTTLS = "STARTTLS"
    LOGIN = "the user or the password"
    SENDER = "the sender"
    RECIPIENT = "the recipient"
    DATA = "the message"
    CONTENT = "the content of the message"
    """From its first byte on the server may accept the message, without a reply that arrives."""


class SmtpError(Exception):
    """One attempt failed. ``cause`` has no address and no text of the server.

    Attributes:
        step: how far the attempt came.
        temporary: whether another attempt may succeed, and cannot deliver a second copy.
    """

    def __init__(self, cause: str, step: Step, *, temporary: bool = False) -> None:
        super().__init__(cause)
        self.cause = cause
        self.step = step
        self.temporary = temporary


def refused(server: SmtpServer, step: Step, code: int, reply: bytes) -> SmtpError:
    """The error of a reply that refuses ``step``."""
    if code not in _REPLY_CODES:
        return SmtpError(f"{server} does not answer as an SMTP server", step)
    enhanced = _ENHANCED.match(reply)
    status = f"{code} {enhanced[1].decode()}" if enhanced else f"{code}"
    cause = f"{server} refuses {step} ({status})"
    return SmtpError(cause, step, temporary=code in _TEMPORARY)


def as_smtp_error(error: Exception, server: SmtpServer, step: Step, *, late: bool) -> SmtpError:
    """What ``error`` means for the attempt. ``late`` says whether the deadline has passed."""
    if isinstance(error, SmtpError):
        return error
    if isinstance(error, smtplib.SMTPResponseException):
        reply = error.smtp_error
        return refused(server, step, error.smtp_code, reply if isinstance(reply, bytes) else b"")
    cause = _passing_cause(error, server, step, late=late)
    if cause is None:
        return SmtpError(_final_cause(error, server, step), step)
    if step is Step.CONTENT:
        return SmtpError(f"{cause} after the message; it may have accepted it", step)
    return SmtpError(cause, step, temporary=True)


def _passing_cause(error: Exception, server: SmtpServer, step: Step, *, late: bool) -> str | None:
    """What happened, if another attempt may succeed."""
    match error:
        case TimeoutError():
            return f"{server} does not answer in time"
        case OSError() if late:
            return f"{server} does not answer in time"
        case socket.gaierror():
            return f"the host of {server} is not found"
        case smtplib.SMTPServerDisconnected():
            return f"{server} closed the connection"
        case OSError() if step is Step.CONNECT:
            return f"no connection to {server}: {error.strerror or type(error).__name__}"
        case _:
            return None


def _final_cause(error: Exception, server: SmtpServer, step: Step) -> str:
    match error:
        case smtplib.SMTPNotSupportedError():
            return f"{server} does not support {_EXTENSIONS.get(step, step)}"
        case ssl.SSLCertVerificationError():
            return f"the certificate of {server} is refused: {error.verify_message}"
        case ssl.SSLError():
            return f"TLS with {server} failed: {error.reason}"
        case _:
            return f"{server} does not answer as an SMTP server"


_EXTENSIONS: Final = {
    Step.LOGIN: "a login (AUTH)",
    Step.SENDER: "addresses that are not ASCII (SMTPUTF8)",
}
