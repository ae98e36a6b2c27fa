"""Everything this library raises, as one tree.

::

    CustomerServiceError
    ├── InvalidInputError       the caller's input breaks a rule; names every field at fault
    ├── LoginRefusedError       unknown customer, wrong password, deleted customer: one answer
    ├── SessionRefusedError     the context_id is no live session; says why
    ├── ForbiddenError          the session lives but lacks the role
    ├── CustomerNotFoundError   no customer has this id
    ├── CustomerExistsError     the id is taken
    ├── EmailTakenError         the e-mail address belongs to another customer
    ├── VersionConflictError    the customer changed since it was read
    ├── TooManyAttemptsError    the login throttle is at its limit; says when to come back
    ├── ServiceBusyError        too many passwords wait to be hashed; says when to come back
    ├── StoreUnavailableError   the store did not answer; the same call may work later
    ├── StoreFaultError         the store answered something an operator has to mend
    ├── CheckerUnavailableError whose session it is cannot be known now
    └── SettingsError           the settings are wrong; names every variable at fault

No message contains a password, a hash or a whole ``context_id``.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class CustomerServiceError(Exception):
    """Base of everything this library raises on purpose. Its data survives ``pickle``."""

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuilt, (type(self), self.args, self.__dict__)


def _rebuilt(
    kind: type[CustomerServiceError], args: tuple[object, ...], data: dict[str, object]
) -> CustomerServiceError:
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(data)
    return error


@dataclass(frozen=True, slots=True)
class FieldFault:
    """One field (or setting) that breaks a rule, and the rule it breaks."""

    field: str
    detail: str

    def __str__(self) -> str:
        return f"{self.field} {self.detail}"


class InvalidInputError(CustomerServiceError):
    """The input breaks at least one rule; ``faults`` holds all of them, one a field."""

    def __init__(self, faults: Iterable[FieldFault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(map(str, self.faults)))


class LoginRefusedError(CustomerServiceError):
    """Customer and password do not match; which of the two is wrong is never told."""

    def __init__(self) -> None:
        super().__init__("customer and password do not match")


class RefusalReason(StrEnum):
    """Why a ``context_id`` was refused."""

    MISSING = "missing"
    MALFORMED = "malformed"
    UNKNOWN = "unknown"
    """Never issued, of another customer, of a deleted one, or forgotten; or issued more than 30
    seconds in the future, by a clock that was wrong."""
    EXPIRED = "expired"
    """It was not used for too long, or became too old."""
    REVOKED = "revoked"
    """Ended before its time: by a logout, by the end of all sessions, by a password change, or to
    make room for another. A trace of that is kept for a while; then it is UNKNOWN."""


class SessionRefusedError(CustomerServiceError):
    """The ``context_id`` is no live session; ``reason`` says why."""

    def __init__(self, reason: RefusalReason) -> None:
        self.reason = reason
        super().__init__(f"the context_id is {reason}")


class ForbiddenError(CustomerServiceError):
    """The session is live, but what it asks for needs ``role``."""

    def __init__(self, role: str) -> None:
        self.role = role
        super().__init__(f"this needs the role {role!r}")


class CustomerNotFoundError(CustomerServiceError):
    """No customer has this ``customer_id``."""

    def __init__(self, customer_id: str) -> None:
        self.customer_id = customer_id
        super().__init__(f"there is no customer {customer_id!r}")


class CustomerExistsError(CustomerServiceError):
    """A customer with this ``customer_id`` exists already."""

    def __init__(self, customer_id: str) -> None:
        self.customer_id = customer_id
        super().__init__(f"there is already a customer {customer_id!r}")


class EmailTakenError(CustomerServiceError):
    """The e-mail address, after normalisation, belongs to another customer."""

    def __init__(self) -> None:
        super().__init__("the e-mail address belongs to another customer")


class VersionConflictError(CustomerServiceError):
    """The customer, or its list of sessions, changed since it was read."""

    def __init__(self, customer_id: str) -> None:
        self.customer_id = customer_id
        super().__init__(f"customer {customer_id!r} was changed by someone else; read it again")


class TooManyAttemptsError(CustomerServiceError):
    """The login throttle is at its limit until ``retry_after`` seconds from now."""

    def __init__(self, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__(f"too many login attempts; try again in {retry_after} seconds")


class ServiceBusyError(CustomerServiceError):
    """Too many passwords wait to be hashed; try again in ``retry_after`` seconds.

    Nothing was changed, and no attempt was counted.
    """

    def __init__(self, retry_after: int = 1) -> None:
        self.retry_after = retry_after
        super().__init__(f"the service is busy; try again in {retry_after} seconds")


class StoreUnavailableError(CustomerServiceError):
    """The store did not answer in time; try again in ``retry_after`` seconds.

    ``outcome_known`` is False when a write was sent and its reply was lost: it may have
    happened. Read before you repeat it with other values.
    """

    def __init__(self, retry_after: int = 1, *, outcome_known: bool = True) -> None:
        self.retry_after = retry_after
        self.outcome_known = outcome_known
        what = "nothing was changed" if outcome_known else "whether the change happened is unknown"
        super().__init__(f"the store is unavailable; {what}")


class StoreFaultError(CustomerServiceError):
    """The store refused in a way that only an operator can mend (rights, tables, schema)."""


class CheckerUnavailableError(CustomerServiceError):
    """Whose session it is cannot be known now; try again in ``retry_after`` seconds."""

    def __init__(self, retry_after: int = 1) -> None:
        self.retry_after = retry_after
        super().__init__("sessions cannot be checked just now")


class SettingsError(CustomerServiceError):
    """At least one setting is wrong; ``faults`` names each variable and what it should be."""

    def __init__(self, faults: Iterable[FieldFault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))
