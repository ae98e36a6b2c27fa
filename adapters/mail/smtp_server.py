"""The mail server that accepts the service's messages."""

from dataclasses import dataclass, field
from enum import StrEnum


class Encryption(StrEnum):
    """How a connection to the server is protected. Certificates are verified."""

    STARTTLS = "STARTTLS"
    """It begins in clear text. Nothing but STARTTLS is said before it is encrypted (RFC 3207)."""
    TLS = "TLS"
    """It is encrypted from the first byte (RFC 8314)."""
    NONE = "no encryption"
    """Never encrypted: only for a server on this machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpServer:
    """Where the server is, and how the service logs in there."""

    host: str
    """A name or an IP address, without brackets."""
    port: int
    encryption: Encryption
    user: str | None = field(default=None, repr=False)
    """The name to log in with (RFC 4954); None to send without a login."""
    password: str = field(default="", repr=False)

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
