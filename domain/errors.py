"""Every error that this library raises, as one tree.

::

    CustomerServiceError
    ├── InvalidInputError       the caller's input breaks a rule; names every field at fault
    ├── LoginRefusedError       unknown customer, wrong password, deleted customer: one answer
    │   └── WrongPasswordError  the present password, given to change it, is wrong
    ├── SessionRefusedError     the context_id is no live session; says why
    ├── ForbiddenError          the session is live but lacks the role
    │   └── SelfRemovalError    an admin would delete or demote themselves; another admin can
    ├── LoginRequiredError      the session is live, but its login is too long ago for this
    ├── TokenRefusedError       the token of a mailed link is unknown, used or expired
    ├── SessionNotFoundError    the customer has no such live session
    ├── CustomerNotFoundError   no customer has this id
    ├── CustomerExistsError     the id is taken
    ├── EmailTakenError         the e-mail address belongs to another customer
    ├── IdempotencyKeyReusedError  the Idempotency-Key was used with another request
    ├── VersionConflictError    the customer changed since it was read
    ├── TooManyAttemptsError    a budget of attempts is used up; says when to retry
    ├── ServiceBusyError        too many passwords wait to be hashed; says when to retry
    ├── MailOffError            this deployment sends no mail with such a link
    ├── NotificationFailedError a message was not accepted; no caller of a use case sees it
    ├── StoreUnavailableError   the store did not answer; the same call may work later
    │   └── ServiceUnavailableError  a client got no usable answer of the service
    ├── StoreFaultError         the store refuses, and an operator has to fix it
    ├── CheckerUnavailableError the session check or its feed cannot be answered now
    └── SettingsError           the settings are wrong; names every variable at fault

No message contains a password, a hash or a whole ``context_id``.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class CustomerServiceError(Exception):
    """The base of every error that this library raises. Its data survives ``pickle``."""

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuilt, (type(self), self.args, self.__dict__)


def _rebuilt(
    kind: type[CustomerServiceError], args: tuple[object, ...], data: dict[str, object]
) -> CustomerServiceError:
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(data)
    return error


def _seconds(count: int) -> str:
    return "1 second" if count == 1 else f"{count} seconds"


@dataclass(frozen=True, slots=True)
class FieldFault:
    """One field or setting that breaks a rule, and the rule that it breaks."""

    field: str
    detail: str

    def __str__(self) -> str:
        return f"{self.field} {self.detail}"


class InvalidInputError(CustomerServiceError):
    """The input breaks at least one rule. ``faults`` has one fault for each wrong field."""

    def __init__(self, faults: Iterable[FieldFault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(map(str, self.faults)))


class LoginRefusedError(CustomerServiceError):
    """Customer and password do not match. The error never says which of the two is wrong."""

    def __init__(self) -> None:
        super().__init__("customer and password do not match")


class WrongPasswordError(LoginRefusedError):
    """The present password, which a customer gives to change it, is wrong."""

    def __init__(self) -> None:
        super().__init__()
        self.args = ("the present password is wrong",)


class RefusalReason(StrEnum):
    """Why a ``context_id`` was refused."""

    MISSING = "missing"
    MALFORMED = "malformed"
    UNKNOWN = "unknown"
    """The session was never issued, belongs to another or a deleted customer, or is no longer
    stored. A session that a wrong clock issued over 30 seconds in the future is unknown too."""
    EXPIRED = "expired"
    """The session passed its idle time or its maximum lifetime."""
    REVOKED = "revoked"
    """A logout, the end of all sessions, a password change or an eviction ended the session. Its
    revocation is kept for some time; after that the session is UNKNOWN."""


class SessionRefusedError(CustomerServiceError):
    """The ``context_id`` opens no live session; ``reason`` says why."""

    def __init__(self, reason: RefusalReason) -> None:
        self.reason = reason
        super().__init__(f"the context_id is {reason}")


class ForbiddenError(CustomerServiceError):
    """The session is live, but the operation needs ``role``."""

    def __init__(self, role: str) -> None:
        self.role = role
        super().__init__(f"this needs the role {role!r}")


class SelfRemovalError(ForbiddenError):
    """An admin would delete or demote themselves. Another admin or the operator can do it."""

    def __init__(self, role: str) -> None:
        super().__init__(role)
        self.args = ("an admin cannot delete or demote themselves; ask another admin",)


class LoginRequiredError(CustomerServiceError):
    """The operation needs a login of the last ``within_seconds``. Log in again, and repeat it."""

    def __init__(self, within_seconds: int) -> None:
        self.within_seconds = within_seconds
        minutes = within_seconds // 60
        super().__init__(
            f"this needs a login of the last {minutes} minutes; log in again and repeat it"
        )


class TokenRefusedError(CustomerServiceError):
    """A token of a mailed link is unknown, used, expired or no longer the newest.

    The error never says which of these is the case.
    """

    def __init__(self) -> None:
        super().__init__("the link is unknown, used or expired; ask for a new one")


class SessionNotFoundError(CustomerServiceError):
    """The customer has no live session with this ``session_id``."""

    def __init__(self, session_id: str) -> None:
        self.session_id = session_id
        super().__init__(f"there is no live session {session_id!r}")


class CustomerNotFoundError(CustomerServiceError):
    """No customer has this ``customer_id``."""

    def __init__(self, customer_id: str) -> None:
        self.customer_id = customer_id
        super().__init__(f"there is no customer {customer_id!r}")


class CustomerExistsError(CustomerServiceError):
    """A customer has this ``customer_id``, or a deleted customer had it."""

    def __init__(self, customer_id: str) -> None:
        self.customer_id = customer_id
        super().__init__(f"the customer_id {customer_id!r} is taken")


class EmailTakenError(CustomerServiceError):
    """Another customer holds the key of this e-mail address."""

    def __init__(self) -> None:
        super().__init__("the e-mail address belongs to another customer")


class IdempotencyKeyReusedError(CustomerServiceError):
    """The Idempotency-Key was used for another request. Take a new key for each new request.

    The other request had other fields or another password, or its customer was deleted.
    """

    def __init__(self) -> None:
        super().__init__("the Idempotency-Key was used with another request; take a new key")


class VersionConflictError(CustomerServiceError):
    """The customer, or its list of sessions, changed since it was read."""

    def __init__(self, customer_id: str) -> None:
        self.customer_id = customer_id
        super().__init__(f"customer {customer_id!r} was changed by someone else; read it again")


class TooManyAttemptsError(CustomerServiceError):
    """A budget of attempts is used up; retry after ``retry_after`` seconds.

    ``budget`` is its kind: ``id``, ``email`` or ``device`` for the failed logins of one name or
    device; ``failures``, ``registrations`` or ``mails`` for those of one source; ``mail`` for the
    mails under one name; ``change`` for the changes of address and ``export`` for the exports of
    one customer. Callers over HTTP do not see it.
    """

    def __init__(self, retry_after: int, budget: str = "") -> None:
        self.retry_after = retry_after
        self.budget = budget
        super().__init__(f"too many attempts; try again in {_seconds(retry_after)}")


class ServiceBusyError(CustomerServiceError):
    """Too many passwords wait to be hashed, or exports are being sent.

    Retry after ``retry_after`` seconds. Nothing was changed, and no attempt was counted.
    """

    def __init__(self, retry_after: int = 1) -> None:
        self.retry_after = retry_after
        super().__init__(f"the service is busy; try again in {_seconds(retry_after)}")


class MailOffError(CustomerServiceError):
    """The deployment sends no mail with such a link."""

    def __init__(self) -> None:
        super().__init__("this service sends no such mail; ask the shop's support")


class NotificationFailedError(CustomerServiceError):
    """A message to a customer was not accepted. The text has neither its address nor its token."""


class StoreUnavailableError(CustomerServiceError):
    """The store did not answer in time; retry after ``retry_after`` seconds.

    ``outcome_known`` is False if a write was sent and its reply was lost. The write may have
    happened, so read the customer before you send a different write.
    """

    def __init__(self, retry_after: int = 1, *, outcome_known: bool = True) -> None:
        self.retry_after = retry_after
        self.outcome_known = outcome_known
        what = "nothing was changed" if outcome_known else "whether the change happened is unknown"
        super().__init__(f"the store is unavailable; {what}")


class ServiceUnavailableError(StoreUnavailableError):
    """A client got no usable answer of the service; retry after ``retry_after`` seconds.

    ``outcome_known`` is False if the request may have reached the service: the change may have
    happened, whatever came back.
    """

    def __init__(self, retry_after: int = 1, *, outcome_known: bool = True) -> None:
        super().__init__(retry_after, outcome_known=outcome_known)
        what = "nothing was changed" if outcome_known else "whether the change happened is unknown"
        self.args = (f"the customer service gives no usable answer; {what}",)


class StoreFaultError(CustomerServiceError):
    """The store refuses, and only an operator can fix it (rights, tables, schema)."""


class CheckerUnavailableError(CustomerServiceError):
    """The session check or its feed cannot be answered now; retry after ``retry_after`` seconds."""

    def __init__(self, retry_after: int = 1) -> None:
        self.retry_after = retry_after
        super().__init__("sessions cannot be checked currently")


class SettingsError(CustomerServiceError):
    """At least one setting is wrong. ``faults`` names each variable and its rule."""

    def __init__(self, faults: Iterable[FieldFault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))
