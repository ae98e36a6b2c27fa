"""The URL of a customer service."""

import re
from dataclasses import dataclass
from ipaddress import IPv6Address
from typing import Final, Self
from urllib.parse import SplitResult, quote, urlsplit

from ...domain.errors import FieldFault, SettingsError

_PRINTABLE: Final = re.compile(r"[!-~]+", re.ASCII)
_HOST_NAME: Final = re.compile(r"[a-z0-9._-]+", re.ASCII)
_PATH_CHARACTERS: Final = "/%:@!$&'()*+,;=-._~"
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
            if url is not None and url.scheme in _PORTS:
                fault = _forbidden_part_fault(text, url)
                if not fault:
                    host, port = url.hostname or "", url.port or _PORTS[url.scheme]
                    prefix = quote(url.path.rstrip("/"), safe=_PATH_CHARACTERS)
                    return cls(url.scheme, f"[{host}]" if ":" in host else host, port, prefix)
        raise SettingsError([FieldFault("url", fault)])

    @property
    def host_name(self) -> str:
        """The host without brackets."""
        return self.host.strip("[]")

    @property
    def authority(self) -> str:
        """The header Host (RFC 9110, 7.2): the port is left out if it is the scheme's own."""
        own = self.port == _PORTS[self.scheme]
        return self.host if own else f"{self.host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}{self.prefix}"


def _parsed(text: str) -> SplitResult | None:
    """The parts of ``text``, or None if its host or its port is none."""
    try:
        url = urlsplit(text)
        host = url.hostname or ""
        if ":" in host and "%" not in host:
            IPv6Address(host)
        elif not _HOST_NAME.fullmatch(host):
            return None
        # A host name that cannot be looked up would fail at the first check only.
        host.encode("idna")
        return None if url.port == 0 else url
    except ValueError:
        return None


def _forbidden_part_fault(text: str, url: SplitResult) -> str:
    if "@" in url.netloc:
        return "must hold no user and no password"
    if "?" in text or "#" in text:
        return "must hold no query and no fragment"
    return ""
