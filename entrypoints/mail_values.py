"""The values of the settings of mail: their readers, as those of ``setting_readers``, and parts."""

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from ..domain.characters import character_fault
from ..domain.fields import LOCALE
from ..domain.loopback import is_loopback

PRINTED: Final = "log:"
"""The CUSTOMER_SMTP_URL with which the links are printed."""

DEFAULT_SHOP: Final = "Cybershop"
"""The shop's name in mail, if CUSTOMER_MAIL_FROM has none."""

_PORTS: Final = {"smtp": 587, "smtps": 465}
_USABLE: Final = re.compile(r"[!-~]+", re.ASCII)
_PRINTABLE: Final = re.compile(r"[ -~]*", re.ASCII)
_ADDRESS: Final = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,255}"
_MAIL_FROM: Final = re.compile(
    rf'"?(?P<name>[^<>"@\\]{{0,100}}?)"?\s*<(?P<named>{_ADDRESS})>|(?P<bare>{_ADDRESS})'
)


@dataclass(frozen=True, slots=True)
class SmtpUrl:
    """The parts of a CUSTOMER_SMTP_URL."""

    host: str
    port: int
    tls_at_once: bool
    """Whether it begins with TLS (``smtps``), and not with STARTTLS."""
    user: str | None = field(repr=False)
    password: str = field(repr=False)


def parse_smtp_url(text: str) -> SmtpUrl:
    """The parts of the URL of a mail server.

    Raises:
        ValueError: it is no such URL. The error repeats nothing of it.
    """
    parts = _split(text)
    if parts is None or parts.scheme not in _PORTS or parts.path not in ("", "/"):
        raise ValueError(
            "must be a URL such as smtp://user:password@mail.shop.example:587, or smtps:// for TLS"
            f" from the first byte, or {PRINTED}"
        )
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if bool(user) != bool(password) or not _PRINTABLE.fullmatch(user + password):
        raise ValueError(
            "must have a user and a password, or neither, in printable ASCII; write %40 for @ and"
            " %25 for % in them"
        )
    return SmtpUrl(
        host=parts.hostname or "",
        port=parts.port or _PORTS[parts.scheme],
        tls_at_once=parts.scheme == "smtps",
        user=user or None,
        password=password,
    )


def read_smtp_url(text: str) -> str:
    """The URL of a mail server, or the word for links that are printed."""
    if text != PRINTED:
        parse_smtp_url(text)
    return text


def parse_mail_from(text: str) -> tuple[str, str]:
    """The name, which may be empty, and the address of ``Cybershop <no-reply@shop.example>``.

    Raises:
        ValueError: it has another form.
    """
    match = _MAIL_FROM.fullmatch(text)
    if match is None or character_fault(text) is not None:
        raise ValueError(
            "must be an address in ASCII such as no-reply@shop.example, or a name and an address"
            " such as Cybershop <no-reply@shop.example>"
        )
    return (match["name"] or "").strip(), match["named"] or match["bare"]


def read_mail_from(text: str) -> str:
    """The sender of mail."""
    parse_mail_from(text)
    return text


def read_link_url(text: str) -> str:
    """The beginning of the links in mail."""
    parts = _split(text)
    secure = parts is not None and (
        parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
    )
    if parts is None or not secure or "@" in parts.netloc:
        raise ValueError(
            "must be a URL such as https://shop.example/account, without user, query and fragment;"
            " http is allowed only to loopback"
        )
    return text


def read_locale(text: str) -> str:
    """A language tag (BCP 47), such as ``en`` or ``de-AT``."""
    fault = LOCALE.fault(text)
    if fault is not None or not text:
        raise ValueError(fault or "must be a language tag such as en or de-AT")
    return text


def _split(text: str) -> SplitResult | None:
    """The parts of a URL that has a host, and neither query nor fragment; None for others."""
    try:
        parts = urlsplit(text)
        good = parts.hostname and parts.port != 0 and not re.search(r"[?#]", text)
    except ValueError:
        return None
    return parts if good and _USABLE.fullmatch(text) else None
