"""Notifications, and what sends them in tests."""

from datetime import UTC, datetime
from typing import Any, Final

from cybershop_customer.adapters.mail.notification_texts import NotificationTexts
from cybershop_customer.adapters.mail.sender import Sender
from cybershop_customer.adapters.mail.smtp_notifier import SmtpNotifier
from cybershop_customer.adapters.mail.smtp_server import Encryption, SmtpServer
from cybershop_customer.adapters.mail.template_set import TemplateSet, load_templates
from cybershop_customer.domain.notification import Notification, NotificationKind
from cybershop_customer.domain.one_time_token import OneTimeToken

NOW: Final = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
SENDER: Final = Sender("The Shop", "no-reply@shop.test")
LINK_URL: Final = "https://shop.test/account"


def notification(
    kind: NotificationKind = NotificationKind.RESET_PASSWORD, **changes: Any
) -> Notification:
    """One to zoe, with a token."""
    customer_id = changes.get("customer_id", "zoe")
    values = {
        "kind": kind,
        "customer_id": customer_id,
        "address": "zoe@mail.test",
        "token": OneTimeToken.new(customer_id, b"planted" + bytes(25)),
        "minutes": 30,
    }
    return Notification(**{**values, **changes})


def texts(templates: TemplateSet | None = None, **changes: Any) -> NotificationTexts:
    values = {"link_url": LINK_URL, "shop": SENDER.name, **changes}
    return NotificationTexts(templates or load_templates(), **values)


def smtp_notifier(
    port: int, encryption: Encryption = Encryption.NONE, **changes: Any
) -> SmtpNotifier:
    """Sends to 127.0.0.1. Its pause takes no time."""
    server = {
        "host": "127.0.0.1",
        "port": port,
        "encryption": encryption,
        **{name: changes.pop(name) for name in ("host", "user", "password") if name in changes},
    }
    values = {"now": lambda: NOW, "sleep": lambda _: None, **changes}
    return SmtpNotifier(SmtpServer(**server), texts(), SENDER, **values)
