"""Builds the message of a notification."""

from collections.abc import Callable
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, make_msgid
from typing import Final

from ...domain.errors import NotificationFailedError
from ...domain.notification import Notification
from .notification_texts import NotificationTexts
from .outgoing_message import OutgoingMessage
from .recipient import Recipient
from .sender import Sender

# Its lines are short and ASCII, so a server may not change them.
_ENCODING: Final = "quoted-printable"


class MessageBuilder:
    """Makes a message with the texts of the notification.

    Args:
        texts: the texts.
        sender: whose address and name the message has.
        now: the time.
    """

    def __init__(
        self, texts: NotificationTexts, sender: Sender, now: Callable[[], datetime]
    ) -> None:
        self._texts = texts
        self._now = now
        self._sender = sender
        local_part, _, self._domain = sender.address.rpartition("@")
        self._from = Address(sender.name, local_part, self._domain)

    def build(self, notification: Notification) -> OutgoingMessage:
        """The message that tells ``notification``.

        Raises:
            NotificationFailedError: no message can be sent to the address.
        """
        try:
            recipient = Recipient.parse(notification.address)
        except ValueError as error:
            raise NotificationFailedError(str(error)) from None
        text = self._texts.of(notification)
        policy = SMTPUTF8 if recipient.needs_smtputf8 else SMTP
        message = EmailMessage(policy)
        message["From"] = self._from
        message["To"] = recipient.header
        message["Subject"] = text.subject
        message["Date"] = format_datetime(self._now())
        # With a domain, make_msgid() looks up no host name.
        message["Message-ID"] = make_msgid(domain=self._domain)
        # No out-of-office reply comes back (RFC 3834, 5).
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(text.plain, cte=_ENCODING)
        if text.html is not None:
            message.add_alternative(text.html, subtype="html", cte=_ENCODING)
        # The methods above would remove it.
        message["Content-Language"] = text.locale
        return OutgoingMessage(
            sender=self._sender.address,
            recipient=recipient.address,
            content=message.as_bytes(policy=policy),
            needs_smtputf8=recipient.needs_smtputf8,
        )
