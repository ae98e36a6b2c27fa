"""Sends notifications by SMTP (RFC 5321, as a submission of RFC 6409)."""

import ssl
from collections.abc import Callable
from datetime import datetime
from typing import Final

from ...domain.errors import NotificationFailedError
from ...domain.notification import Notification
from ...ports.notifier import Notifier
from ..runtime import monotonic, sleep
from .message_builder import MessageBuilder
from .notification_texts import NotificationTexts
from .outgoing_message import OutgoingMessage
from .sender import Sender
from .smtp_error import SmtpError
from .smtp_server import Encryption, SmtpServer
from .smtp_session import SmtpSession

_PAUSE_SECONDS: Final = 1.0
"""The pause before the second attempt."""


class SmtpNotifier(Notifier):
    """Opens a connection for each message, so that no connection is stale or shared with a fork.

    A message that fails for a passing reason is tried once more, with the same ``Message-ID``. Once
    its content is on its way there is no second attempt without a reply that refuses it, because
    the server may have accepted it.

    Args:
        server: the mail server.
        texts: the texts of the messages.
        sender: whose address and name the messages have.
        now: the time, for the header ``Date``.
        seconds: how long one message may take, with both attempts and whatever the server does.
            Only the look-up of a host name may take longer.
        sleep: waits for so many seconds.
        monotonic: the time in seconds.
    """

    def __init__(
        self,
        server: SmtpServer,
        texts: NotificationTexts,
        sender: Sender,
        *,
        now: Callable[[], datetime],
        seconds: float = 10.0,
        sleep: Callable[[float], None] = sleep,
        monotonic: Callable[[], float] = monotonic,
    ) -> None:
        self._server = server
        self._builder = MessageBuilder(texts, sender, now)
        # Made once, because it reads the system's certificates.
        encrypts = server.encryption is not Encryption.NONE
        self._context = ssl.create_default_context() if encrypts else None
        self._seconds = seconds
        self._sleep = sleep
        self._monotonic = monotonic

    def send(self, notification: Notification) -> None:
        deadline = self._monotonic() + self._seconds
        message = self._builder.build(notification)
        error = self._attempt(message, deadline)
        if error is not None and error.temporary and self._monotonic() + _PAUSE_SECONDS < deadline:
            self._sleep(_PAUSE_SECONDS)
            error = self._attempt(message, deadline)
        if error is not None:
            raise NotificationFailedError(error.cause)

    def _attempt(self, message: OutgoingMessage, deadline: float) -> SmtpError | None:
        session = SmtpSession(
            self._server, deadline=deadline, monotonic=self._monotonic, context=self._context
        )
        try:
            with session:
                session.send(message)
        except SmtpError as error:
            return error
        return None
