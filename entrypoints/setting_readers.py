"""Readers of settings: each takes the text of a variable, and says what it should be instead."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from ..domain.feed_token import feed_token_fault
from ..domain.fields import new_customer_id_fault
from .http.trusted_proxies import TrustedProxies


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
    """The URL of a store."""
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        good = good and not re.search(r"[\s@]", text)
    except ValueError:
        good = False
    if not good:
        raise ValueError("must be a URL such as http://127.0.0.1:8000, without user and password")
    return text


def read_table_prefix(text: str) -> str:
    """The beginning of a table's name."""
    # A table's name has 3 to 255 of these characters (AWS documentation, "Naming rules").
    if not re.fullmatch(r"[A-Za-z0-9_.\-]{0,240}", text, re.ASCII):
        raise ValueError("must have at most 240 characters, each a letter, a digit or one of _ . -")
    return text


def read_admin_id(text: str) -> str:
    """A ``customer_id`` that an operator may give."""
    return _right(text, new_customer_id_fault(text, by_operator=True))


def read_feed_token(text: str) -> str:
    """The token of the session change feed."""
    return _right(text, feed_token_fault(text))


def read_trusted_proxies(text: str) -> str:
    """The networks of the proxies whose word about the client is believed."""
    TrustedProxies.parse(text)
    return text


def _right(text: str, fault: str | None) -> str:
    if fault is not None:
        raise ValueError(fault)
    return text
