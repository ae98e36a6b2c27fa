"""Who asks for an operation, and what their roles allow."""

from dataclasses import dataclass
from typing import Final, Protocol

ADMIN: Final = "admin"
"""The role that may update and delete customers, read the audit log and grant roles."""


class Actor(Protocol):
    """Who asks for an operation: a verified ``Session``, or the ``OPERATOR``."""

    @property
    def customer_id(self) -> str:
        """The id that the audit log shows as the actor."""
        ...

    @property
    def roles(self) -> frozenset[str]:
        """The roles that decide what this actor may do."""
        ...


@dataclass(frozen=True, slots=True)
class _Operator:
    customer_id: str = "operator"
    roles: frozenset[str] = frozenset({ADMIN})


OPERATOR: Final[Actor] = _Operator()
"""The actor that runs this process: the command line, a start-up script, an embedding program."""


def is_admin(actor: Actor | None) -> bool:
    """Whether ``actor`` is an admin; None is a caller without a login."""
    return actor is not None and ADMIN in actor.roles
