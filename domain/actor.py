"""Who asks for an operation, and what their roles allow."""

import re
from dataclasses import dataclass
from typing import Final, Protocol

ADMIN: Final = "admin"
"""The role that may update and delete customers, read the audit log and grant roles."""


class Actor(Protocol):
    """Who asks for an operation: a verified ``Session``, or an ``Operator``."""

    @property
    def customer_id(self) -> str:
        """The id that the audit log shows as the actor."""
        ...

    @property
    def roles(self) -> frozenset[str]:
        """The roles that decide what this actor may do."""
        ...


_OPERATOR_ID: Final = "operator"
_MAX_NAME: Final = 64
_OTHER_CHARACTERS: Final = re.compile(r"[^A-Za-z0-9._-]", re.ASCII)


@dataclass(frozen=True, slots=True)
class Operator:
    """The actor that runs this process: the command line, a start-up script, an embedding program.

    Args:
        name: the system user, or None if it is not known. The audit log shows ``operator:<name>``.
            A ``customer_id`` has no colon, so no customer can have this id. Characters other than
            letters, digits, ``.``, ``_`` and ``-`` become ``_``, and 64 characters are kept.
    """

    name: str | None = None

    @property
    def customer_id(self) -> str:
        """``operator``, or ``operator:<name>``."""
        if not self.name:
            return _OPERATOR_ID
        return f"{_OPERATOR_ID}:{_OTHER_CHARACTERS.sub('_', self.name)[:_MAX_NAME]}"

    @property
    def roles(self) -> frozenset[str]:
        """An operator is an admin."""
        return frozenset({ADMIN})


OPERATOR: Final = Operator()
"""The operator whose system user is not known."""


def is_operator_id(actor_id: str) -> bool:
    """Whether the audit log means an ``Operator`` by ``actor_id``."""
    return actor_id.partition(":")[0] == _OPERATOR_ID


def is_admin(actor: Actor | None) -> bool:
    """Whether ``actor`` is an admin; None is a caller without a login."""
    return actor is not None and ADMIN in actor.roles
