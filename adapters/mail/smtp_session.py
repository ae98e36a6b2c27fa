"""The conversation with a mail server: it opens, hands over a message, and ends."""

import re
import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

from .bounded_smtp import BoundedSmtp
from .outgoing_message import OutgoingMessage
from .smtp_error import SmtpError, Step, as_smtp_error, refused
from .smtp_server import Encryption, SmtpServer

_QUIT_SECONDS: Final = 1.0
"""How long the server may take to answer QUIT. The message is sent by then."""
_LEADING_DOT: Final = re.compile(rb"^\.", re.MULTILINE)


class SmtpSession:
    """Use it in a ``with`` block, which opens and closes the connection.

    Every method raises only ``SmtpError``.

    Args:
        server: the mail server.
        deadline: when every step must have ended, as a time of ``monotonic``.
        monotonic: the time in seconds.
        context: verifies the server's certificate; None to make one when it is needed.
    """

    def __init__(
        self,
        server: SmtpServer,
        *,
        deadline: float,
        monotonic: Callable[[], float],
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._server = server
        self._context = context
        self._monotonic = monotonic
        self._smtp = BoundedSmtp(deadline, monotonic)
        self._step = Step.CONNECT

    def __enter__(self) -> Self:
        try:
            self._guard(self._open)
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._close()

    def send(self, message: OutgoingMessage) -> None:
        """Hand over ``message``. Returns when the server has accepted it."""
        self._guard(lambda: self._send(message))

    def _guard(self, action: Callable[[], None]) -> None:
        try:
            action()
        except (OSError, smtplib.SMTPException, SmtpError, ValueError) as error:
            late = self._monotonic() >= self._smtp.deadline
            cause = as_smtp_error(error, self._server, self._step, late=late)
        else:
            return
        # Outside of the except clause: the first error may contain the server's text.
        raise cause

    def _open(self) -> None:
        server, smtp = self._server, self._smtp
        smtp.open_socket(server.host, server.port)
        if server.encryption is Encryption.TLS:
            self._encrypt()
        self._step = Step.GREETING
        self._expect(smtp.getreply(), 220)
        smtp.ehlo_or_helo_if_needed()
        if server.encryption is Encryption.STARTTLS:
            self._step = Step.STARTTLS
            if not smtp.has_extn("starttls"):
                raise smtplib.SMTPNotSupportedError
            self._expect(smtp.docmd("STARTTLS"), 220)
            self._encrypt()
            self._step = Step.STARTTLS
            smtp.ehlo_or_helo_if_needed()
        if server.user is not None:
            self._step = Step.LOGIN
            smtp.login(server.user, server.password)

    def _encrypt(self) -> None:
        self._step = Step.ENCRYPTION
        self._smtp.encrypt(self._context or ssl.create_default_context(), self._server.host)

    def _send(self, message: OutgoingMessage) -> None:
        smtp = self._smtp
        self._step = Step.SENDER
        options = ""
        if message.needs_smtputf8:
            if not smtp.has_extn("smtputf8"):
                raise smtplib.SMTPNotSupportedError
            smtp.command_encoding = "utf-8"
            options = " BODY=8BITMIME SMTPUTF8"
        self._expect(smtp.docmd("MAIL", f"FROM:<{message.sender}>{options}"), 250)
        self._step = Step.RECIPIENT
        self._expect(smtp.docmd("RCPT", f"TO:<{message.recipient}>"), 250, 251)
        self._step = Step.DATA
        self._expect(smtp.docmd("DATA"), 354)
        self._step = Step.CONTENT
        smtp.send(_LEADING_DOT.sub(b"..", message.content) + b".\r\n")
        self._expect(smtp.getreply(), 250)

    def _expect(self, reply: tuple[int, bytes], *codes: int) -> None:
        if reply[0] not in codes:
            raise refused(self._server, self._step, *reply)

    def _close(self) -> None:
        smtp = self._smtp
        smtp.deadline = min(smtp.deadline, self._monotonic() + _QUIT_SECONDS)
        if smtp.sock is not None and self._step not in (Step.CONNECT, Step.ENCRYPTION):
            with suppress(OSError, smtplib.SMTPException, ValueError):
                smtp.docmd("QUIT")
        smtp.close()
