"""Makes of a problem (RFC 9457) the error that the use case raised in the service."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from ...domain.errors import (
    CheckerUnavailableError,
    CustomerExistsError,
    CustomerNotFoundError,
    CustomerServiceError,
    EmailTakenError,
    FieldFault,
    ForbiddenError,
    IdempotencyKeyReusedError,
    InvalidInputError,
    LoginRefusedError,
    LoginRequiredError,
    MailOffError,
    SelfRemovalError,
    ServiceBusyError,
    SessionNotFoundError,
    SessionRefusedError,
    StoreUnavailableError,
    TokenRefusedError,
    TooManyAttemptsError,
    VersionConflictError,
    WrongPasswordError,
)
from .http_response import HttpResponse
from .json_values import parse_objects
from .session_response import parse_reason


def error_from_problem(response: HttpResponse) -> CustomerServiceError | None:
    """The error in ``response``, or None if it is no problem that a use case has."""
    make = _ERRORS.get((response.status, response.problem))
    return None if make is None else make(response)


def _invalid_input(response: HttpResponse) -> InvalidInputError | None:
    faults = parse_objects(response.json().get("errors"))
    if not faults:
        return None
    return InvalidInputError(
        FieldFault(str(fault.get("field")), str(fault.get("detail"))) for fault in faults
    )


def _session_refused(response: HttpResponse) -> SessionRefusedError:
    return SessionRefusedError(parse_reason(response.json().get("reason")))


def _login_required(response: HttpResponse) -> LoginRequiredError | None:
    seconds: Any = response.json().get("within_seconds")
    return LoginRequiredError(seconds) if isinstance(seconds, int) and seconds > 0 else None


def _store_unavailable(response: HttpResponse) -> StoreUnavailableError:
    known = response.json().get("outcome_known") is True
    return StoreUnavailableError(response.retry_after or 1, outcome_known=known)


def _with_role(kind: type[ForbiddenError], response: HttpResponse) -> ForbiddenError:
    role = response.json().get("role")
    return kind(role if isinstance(role, str) else "admin")


def _named(
    kind: Callable[[str], CustomerServiceError], response: HttpResponse
) -> CustomerServiceError:
    """An error about a customer or a session, whose id the problem names."""
    content = response.json()
    name = content.get("customer_id", content.get("session_id"))
    return kind(name if isinstance(name, str) else "")


# The service's problem names are fixed (docs/http.md), each with the status that it comes with.
_ERRORS: Final[Mapping[tuple[int, str], Callable[[HttpResponse], CustomerServiceError | None]]] = {
    (400, "invalid-input"): _invalid_input,
    (401, "login-refused"): lambda _: LoginRefusedError(),
    (401, "session-refused"): _session_refused,
    (403, "role-required"): lambda response: _with_role(ForbiddenError, response),
    (403, "another-admin-required"): lambda response: _with_role(SelfRemovalError, response),
    (403, "wrong-password"): lambda _: WrongPasswordError(),
    (403, "login-required"): _login_required,
    (400, "token-refused"): lambda _: TokenRefusedError(),
    (404, "session-not-found"): lambda response: _named(SessionNotFoundError, response),
    (404, "mail-off"): lambda _: MailOffError(),
    (404, "customer-not-found"): lambda response: _named(CustomerNotFoundError, response),
    (409, "customer-exists"): lambda response: _named(CustomerExistsError, response),
    (409, "email-taken"): lambda _: EmailTakenError(),
    (409, "concurrent-change"): lambda response: _named(VersionConflictError, response),
    (412, "precondition-failed"): lambda response: _named(VersionConflictError, response),
    (422, "idempotency-key-reused"): lambda _: IdempotencyKeyReusedError(),
    (429, "too-many-attempts"): lambda response: TooManyAttemptsError(response.retry_after or 1),
    (503, "service-busy"): lambda response: ServiceBusyError(response.retry_after or 1),
    (503, "store-unavailable"): _store_unavailable,
    (503, "checker-unavailable"): lambda response: CheckerUnavailableError(
        response.retry_after or 1
    ),
}
