"""Who asks for an operation, and what their roles allow."""

from dataclasses import dataclass
from typing import Final, Protocol

ADMIN: Final = "admin"
"""The role that may update and delete customers, read the audit log, and give roles."""


class Actor(Protocol):
    """Whoever asks: a verified ``Session``, or the ``OPERATOR``."""

    @property
    def customer_id(self) -> str:
        """Written into the audit log as the one who did it."""
        ...

    @property
    def roles(self) -> frozenset[str]:
        """What this actor may do."""
        ...


@dataclass(frozen=True, slots=True)
class _Operator:
    customer_id: str = "operator"
    roles: frozenset[str] = frozenset({ADMIN})


OPERATOR: Final[Actor] = _Operator()
"""Whoever runs this very process: the command line, a start-up script, an embedding program."""
