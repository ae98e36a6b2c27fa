"""The URL of a customer service."""

import re
from dataclasses import dataclass
from typing import Final, Self

from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

from ...domain.errors import FieldFault, SettingsError

_PRINTABLE: Final = re.compile(r"[!-~]+", re.ASCII)
_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class ServiceUrl:
    """The parts of a URL such as ``http://127.0.0.1:30000`` or ``https://shop.example/customers``.

    If it has a path, that is the prefix of every path of the service.
    """

    scheme: str
    host: str
    """An IPv6 address is in brackets."""
    port: int
    prefix: str

    @classmethod
    def parse(cls, text: object) -> Self:
        """Parse the setting ``url``.

        Raises:
            SettingsError: ``text`` is no such URL. The error repeats nothing of it, because it may
                contain a password.
        """
        fault = "must be an address such as http://127.0.0.1:30000"
        if isinstance(text, str) and _PRINTABLE.fullmatch(text):
            url = _parsed(text)
            if url is not None and url.host and url.scheme in _PORTS and url.port != 0:
                fault = _forbidden_part_fault(text, url)
                if not fault:
                    port = url.port or _PORTS[url.scheme]
                    return cls(url.scheme, url.host, port, (url.path or "").rstrip("/"))
        raise SettingsError([FieldFault("url", fault)])

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}{self.prefix}"


def _parsed(text: str) -> Url | None:
    try:
        url = parse_url(text)
        # A host name that cannot be looked up would fail at the first check only.
        (url.host or "").encode("idna")
    except (LocationParseError, UnicodeError):
        return None
    return url


def _forbidden_part_fault(text: str, url: Url) -> str:
    if url.auth is not None:
        return "must hold no user and no password"
    if "?" in text or "#" in text:
        return "must hold no query and no fragment"
    return ""
