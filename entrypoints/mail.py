"""How a deployment sends its notifications."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..domain.errors import FieldFault, SettingsError
from ..domain.loopback import is_loopback
from ..ports.clock import Clock
from ..ports.finding import Finding, Status
from ..ports.notifier import Notifier
from .mail_values import DEFAULT_SHOP, PRINTED, SmtpUrl, parse_mail_from, parse_smtp_url
from .settings import Settings

if TYPE_CHECKING:
    from ..adapters.mail.smtp_server import SmtpServer
    from ..adapters.mail.template_set import TemplateSet

# Each function imports the adapters that it needs: smtplib and email are slow to load.
# ruff: noqa: PLC0415


def make_notifier(settings: Settings, clock: Clock) -> Notifier | None:
    """The notifier of these settings; None if they have no CUSTOMER_SMTP_URL.

    Raises:
        SettingsError: a template is wrong.
    """
    if settings.smtp_url is None:
        return None
    from ..adapters.mail.notification_texts import NotificationTexts

    name, address = parse_mail_from(settings.mail_from) if settings.mail_from else ("", "")
    texts = NotificationTexts(
        _load_templates(settings), link_url=settings.link_base, shop=name or DEFAULT_SHOP
    )
    if settings.smtp_url == PRINTED:
        from ..adapters.mail.printed_notifier import PrintedNotifier

        return PrintedNotifier(texts)
    from ..adapters.mail.sender import Sender
    from ..adapters.mail.smtp_notifier import SmtpNotifier

    return SmtpNotifier(
        _smtp_server(parse_smtp_url(settings.smtp_url)),
        texts,
        Sender(name, address),
        now=clock.now,
        seconds=settings.mail_seconds,
    )


def check_mail(settings: Settings) -> None:
    """Check the templates, if mail is sent.

    Raises:
        SettingsError: a template is wrong; the error names its file.
    """
    if settings.smtp_url is not None:
        _load_templates(settings)


def examine_mail(settings: Settings) -> Iterator[Finding]:
    """Check the templates and the mail server, if mail is sent. This sends nothing."""
    if settings.smtp_url is None:
        yield from _examine_unused(settings)
        return
    try:
        check_mail(settings)
    except SettingsError as error:
        for fault in error.faults:
            yield Finding("mail templates", Status.FAILED, str(fault))
    else:
        yield Finding("mail templates", Status.OK, "every message has its texts")
    if settings.smtp_url == PRINTED:
        yield Finding("mail server", Status.OK, "none: the links are printed")
        return
    from ..adapters.mail.doctor import examine_server

    server = _smtp_server(parse_smtp_url(settings.smtp_url))
    yield examine_server(server, seconds=settings.mail_seconds)


def _examine_unused(settings: Settings) -> Iterator[Finding]:
    """Warn of settings of mail that have no effect without a mail server."""
    values = {
        "CUSTOMER_MAIL_FROM": settings.mail_from,
        "CUSTOMER_LINK_URL": settings.link_url,
        "CUSTOMER_MAIL_TEMPLATES": settings.mail_templates,
    }
    unused = [name for name, value in values.items() if value is not None]
    if unused:
        detail = f"no mail is sent, although {unused[0]} is set"
        yield Finding("mail server", Status.WARNING, detail, "set CUSTOMER_SMTP_URL")


def _load_templates(settings: Settings) -> "TemplateSet":
    from ..adapters.mail.template_set import LocaleError, TemplateError, load_templates

    folder = Path(settings.mail_templates) if settings.mail_templates else None
    try:
        return load_templates(folder, settings.mail_locale)
    except LocaleError as error:
        raise SettingsError([FieldFault("CUSTOMER_MAIL_LOCALE", str(error))]) from None
    except TemplateError as error:
        faults = [FieldFault("CUSTOMER_MAIL_TEMPLATES", detail) for detail in error.details]
        raise SettingsError(faults) from None


def _smtp_server(url: SmtpUrl) -> "SmtpServer":
    from ..adapters.mail.smtp_server import Encryption, SmtpServer

    if url.tls_at_once:
        encryption = Encryption.TLS
    else:
        encryption = Encryption.NONE if is_loopback(url.host) else Encryption.STARTTLS
    return SmtpServer(
        host=url.host, port=url.port, encryption=encryption, user=url.user, password=url.password
    )
