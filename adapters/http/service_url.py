"""Where the customer service answers."""

import re
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from ...domain.errors import FieldFault, SettingsError


@dataclass(frozen=True, slots=True)
class ServiceUrl:
    """The parts of a URL such as ``https://customer.shop.example/some/prefix``."""

    tls: bool
    host: str
    port: int
    path: str
    """What stands before the paths of the interface; without a slash at the end."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a URL.

        Raises:
            SettingsError: it is none of HTTP, or has more than host, port and path.
        """
        detail = "must be like http://127.0.0.1:30000, without user, password and query"
        fault = SettingsError([FieldFault("url", detail)])
        try:
            parts = urlsplit(text)
            port = parts.port
        except ValueError:
            raise fault from None
        extra = parts.query or parts.fragment or "@" in parts.netloc or port == 0
        plain = re.fullmatch(r"[!-~]+", text)
        if parts.scheme not in ("http", "https") or not parts.hostname or extra or not plain:
            raise fault
        tls = parts.scheme == "https"
        return cls(tls, parts.hostname, port or (443 if tls else 80), parts.path.rstrip("/"))
