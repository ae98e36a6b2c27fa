"""Who sends the messages."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sender:
    """The shop's name, as a reader sees it, and its address."""

    name: str
    address: str
    """In ASCII."""
