"""A message in the form in which a mail server takes it."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMessage:
    """The message and its envelope (RFC 5321, 2.3.1)."""

    sender: str = field(repr=False)
    recipient: str = field(repr=False)
    """An address without control characters, spaces, brackets and quotes."""
    content: bytes = field(repr=False)
    """Header and body (RFC 5322), with lines that end with CRLF."""
    needs_smtputf8: bool
    """Whether the recipient's local part is not ASCII, so that the server must support RFC 6531."""
