"""Whether and how a message can be sent to a customer's address."""

import re
from dataclasses import dataclass
from email.headerregistry import Address
from typing import Final, Self

from ..extras import requires_extra

with requires_extra("service"):
    from email_validator import EmailNotValidError, validate_email

# Quoted local parts, routes and comments are valid in RFC 5322. No registration accepts them.
_LOCAL_PART: Final = re.compile(
    r"[^\x00-\x20\x7f-\xa0\s()<>\[\]\\,;:\"@\u2028\u2029\ud800-\udfff]{1,64}"
)
_DOMAIN: Final = re.compile(r"[A-Za-z0-9._-]{1,255}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Recipient:
    """The parts of an address, of which neither can end a header or a command."""

    local_part: str
    domain: str
    """In its ASCII form (IDNA 2008)."""

    @classmethod
    def parse(cls, address: str) -> Self:
        """Read an address.

        Raises:
            ValueError: no message can be sent to it. The text does not repeat it.
        """
        local_part, _, domain = address.rpartition("@")
        if not domain.isascii():
            domain = _ascii_domain(domain)
        if not _LOCAL_PART.fullmatch(local_part) or not _DOMAIN.fullmatch(domain):
            raise ValueError("no message can be sent to this address")
        return cls(local_part, domain)

    @property
    def address(self) -> str:
        """The address, as the envelope has it."""
        return f"{self.local_part}@{self.domain}"

    @property
    def header(self) -> Address:
        """The address, as the header has it."""
        return Address(username=self.local_part, domain=self.domain)

    @property
    def needs_smtputf8(self) -> bool:
        """Whether it is not ASCII, so that only servers with SMTPUTF8 take it (RFC 6531)."""
        return not self.local_part.isascii()


def _ascii_domain(domain: str) -> str:
    try:
        found = validate_email(f"x@{domain}", check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return ""
    return found.ascii_domain
