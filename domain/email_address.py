"""An e-mail address."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EmailAddress:
    """An e-mail address as its owner wrote it, and the key under which it is unique."""

    address: str
    key: str
