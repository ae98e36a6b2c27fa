"""Readers of settings: each returns the value of a text, or raises ValueError with the rule."""

import re
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from ..domain.feed_token import feed_tokens_fault
from ..domain.fields import new_customer_id_fault
from ..domain.introspection_tokens import introspection_tokens_fault
from .http.trusted_proxies import TrustedProxies

_MOST_WORDS: Final = 100
_LONGEST_WORD: Final = 100


def whole_number(low: int, high: int) -> Callable[[str], int]:
    """A reader of whole numbers from ``low`` to ``high``."""

    def read(text: str) -> int:
        if not re.fullmatch(r"\d{1,9}", text, re.ASCII) or not low <= int(text) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(text)

    return read


def one_of(first: str, *others: str) -> Callable[[str], str]:
    """A reader of one of these words."""
    words = (first, *others)

    def read(text: str) -> str:
        if text not in words:
            raise ValueError(f"must be {' or '.join(words)}")
        return text

    return read


def read_port(text: str) -> int:
    """A port; 0 is any free one."""
    if text.startswith("tcp://"):
        raise ValueError(
            "must be a whole number; Kubernetes sets it for a Service named 'customer':"
            " set enableServiceLinks: false on the pod"
        )
    return whole_number(0, 65535)(text)


def read_boolean(text: str) -> bool:
    """True or false."""
    if text not in ("true", "false"):
        raise ValueError("must be true or false")
    return text == "true"


def read_host(text: str) -> str:
    """A host name, or an IP address without brackets."""
    if not re.fullmatch(r"[A-Za-z0-9.:\-_%]{1,253}", text, re.ASCII):
        raise ValueError("must be a host name or an IP address")
    return text


def read_endpoint(text: str) -> str:
    """The URL of a DynamoDB endpoint."""
    try:
        parts = urlsplit(text)
        valid = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        valid = valid and not re.search(r"[\s@]", text)
    except ValueError:
        valid = False
    if not valid:
        raise ValueError("must be a URL such as http://127.0.0.1:8000, without user and password")
    return text


def read_range_url(text: str) -> str:
    """The URL of a range API of breached passwords, to which a request adds its digits."""
    try:
        read_endpoint(text)
        good = not re.search(r"[^!-~]|[?#]", text, re.ASCII)
    except ValueError:
        good = False
    if not good:
        raise ValueError(
            "must be a URL such as https://api.pwnedpasswords.com/range, without user, password,"
            " query and fragment"
        )
    return text


def read_table_prefix(text: str) -> str:
    """The beginning of a table's name."""
    # DynamoDB allows 3 to 255 of these characters in a name (AWS documentation, "Naming rules").
    if not re.fullmatch(r"[A-Za-z0-9_.\-]{0,240}", text, re.ASCII):
        raise ValueError("must have at most 240 characters, each a letter, a digit or one of _ . -")
    return text


def read_admin_id(text: str) -> str:
    """A ``customer_id`` that an operator may give."""
    return _require_no_fault(text, new_customer_id_fault(text, by_operator=True))


def read_feed_tokens(text: str) -> str:
    """The tokens of the session change feed, with commas between them."""
    return _require_no_fault(text, feed_tokens_fault(text))


def read_introspection_tokens(text: str) -> str:
    """The pairs ``name=secret`` of the services that may introspect, with commas between them."""
    return _require_no_fault(text, introspection_tokens_fault(text))


def read_trusted_proxies(text: str) -> str:
    """The networks of the proxies whose word about the client is believed."""
    TrustedProxies.parse(text)
    return text


def read_words(text: str) -> str:
    """Words with commas between them, as they were given; see ``split_words``."""
    words = split_words(text)
    if not 1 <= len(words) <= _MOST_WORDS or max(map(len, words)) > _LONGEST_WORD:
        raise ValueError(
            f"must have 1 to {_MOST_WORDS} words with commas between them, each of at most"
            f" {_LONGEST_WORD} characters"
        )
    return text


def split_words(text: str) -> tuple[str, ...]:
    """The words of ``text``, without the spaces around them."""
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _require_no_fault(text: str, fault: str | None) -> str:
    """Return ``text``, or raise ValueError with its ``fault``."""
    if fault is not None:
        raise ValueError(fault)
    return text


def read_path(text: str) -> str:
    """The path of a file; not a URL, which SQLite would read options from."""
    if "\0" in text or text.startswith(("file:", ":")):
        raise ValueError("must be the path of a file, such as /var/lib/customer/customer.db")
    return text
