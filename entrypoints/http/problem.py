"""The problems of RFC 9457: their types, and the problem of each error.

The service's own application and the middleware for other services send the same problems.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any, Final, Literal, TypedDict

from ...domain.errors import (
    CheckerUnavailableError,
    CustomerExistsError,
    CustomerNotFoundError,
    CustomerServiceError,
    EmailTakenError,
    ForbiddenError,
    IdempotencyKeyReusedError,
    InvalidInputError,
    LoginRefusedError,
    LoginRequiredError,
    MailOffError,
    RefusalReason,
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
from ..json_members import EXAMPLE_SESSION_ID
from ..json_shape import Member

MEDIA_TYPE: Final = "application/problem+json"
_REALM: Final = 'Bearer realm="customer"'


class FaultJson(TypedDict):
    """A field that breaks a rule."""

    field: Annotated[str, Member("The field, the parameter or the header.", "password")]
    detail: Annotated[str, Member("The rule that it breaks.", "must have at least 8 characters")]


class ProblemJson(TypedDict):
    """A problem of RFC 9457."""

    type: Annotated[str, Member("Names the kind of the problem.", "about:blank")]
    title: Annotated[str, Member("The kind of the problem, for a person.", "A title")]
    status: Annotated[int, Member("The status of the answer.", 400)]
    detail: Annotated[str, Member("What was wrong, and what to do.", "A detail.")]
    request_id: Annotated[
        str, Member("Also in the header X-Request-ID and in the log.", "4f6d2f9a")
    ]


class ProblemMembers(TypedDict, total=False):
    """The further members of problems, which a program reads."""

    errors: Annotated[
        list[FaultJson],
        Member(
            "Every field that breaks a rule.",
            [{"field": "password", "detail": "must have at least 8 characters"}],
        ),
    ]
    reason: Annotated[
        Literal["missing", "malformed", "unknown", "expired", "revoked"],
        Member("Why the session is refused.", "expired"),
    ]
    role: Annotated[str, Member("The role that the operation needs.", "admin")]
    customer_id: Annotated[str, Member("The customer.", "zoe")]
    session_id: Annotated[str, Member("The session.", EXAMPLE_SESSION_ID)]
    within_seconds: Annotated[int, Member("How old a login may be here, in seconds.", 300)]
    outcome_known: Annotated[bool, Member("False if a change may have happened.", example=True)]
    error: Annotated[
        Literal["invalid_client", "invalid_request"], Member("RFC 6749, 5.2.", "invalid_request")
    ]


@dataclass(frozen=True, slots=True)
class ProblemType:
    """A type of problem. Its name never changes, so callers can rely on it.

    Args:
        name: the end of its URI.
        status: the status of the response.
        title: a text for a person.
        members: the names in ``ProblemMembers`` that each problem of this type has.
        further: the names that some of them have.
    """

    name: str
    status: HTTPStatus
    title: str
    members: tuple[str, ...] = ()
    further: tuple[str, ...] = ()

    @property
    def uri(self) -> str:
        """The ``type`` of RFC 9457: an identifier, not an address."""
        return f"urn:cybershop:customer:problem:{self.name}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem: its type, the detail of this request, and further JSON members and headers."""

    type: ProblemType
    detail: str
    members: Mapping[str, Any]
    headers: Mapping[str, str]

    def body(self, request_id: str) -> dict[str, Any]:
        """The problem as a JSON object."""
        common: ProblemJson = {
            "type": self.type.uri,
            "title": self.type.title,
            "status": self.type.status.value,
            "detail": self.detail,
            "request_id": request_id,
        }
        return {**common, **self.members}

    def encoded(self, request_id: str) -> bytes:
        """The problem as the bytes of a response."""
        return json.dumps(self.body(request_id)).encode("ascii")


class MessageError(Exception):
    """The service cannot read or accept the request; ``type`` and ``detail`` say why.

    The response gets ``headers``, and the JSON object ``members``.
    """

    def __init__(
        self,
        problem_type: ProblemType,
        detail: str,
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, str] | None = None,
    ) -> None:
        self.type = problem_type
        self.detail = detail
        self.headers = dict(headers or {})
        self.members = dict(members or {})
        super().__init__(detail)


class NamedSessionRefusedError(SessionRefusedError):
    """A session check refused the session ``session_id``."""

    def __init__(self, reason: RefusalReason, session_id: str) -> None:
        super().__init__(reason)
        self.session_id = session_id


MALFORMED_MESSAGE: Final = ProblemType(
    "malformed-message", HTTPStatus.BAD_REQUEST, "The message is malformed", further=("error",)
)
MESSAGE_TOO_LARGE: Final = ProblemType(
    "message-too-large",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "The message is too large",
    further=("error",),
)
UNSUPPORTED_MEDIA_TYPE: Final = ProblemType(
    "unsupported-media-type",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "The message has a type, charset or coding that is not accepted",
    further=("error",),
)
LENGTH_REQUIRED: Final = ProblemType(
    "length-required",
    HTTPStatus.LENGTH_REQUIRED,
    "The message needs a Content-Length",
    further=("error",),
)
FEED_OFF: Final = ProblemType("feed-off", HTTPStatus.NOT_FOUND, "The feed of ended sessions is off")
FEED_REFUSED: Final = ProblemType(
    "feed-refused", HTTPStatus.UNAUTHORIZED, "The feed's token is missing or wrong"
)
INTROSPECTION_OFF: Final = ProblemType(
    "introspection-off", HTTPStatus.NOT_FOUND, "Introspection is off"
)
INTROSPECTION_REFUSED: Final = ProblemType(
    "introspection-refused",
    HTTPStatus.UNAUTHORIZED,
    "The credentials of the asking service are missing or wrong",
    ("error",),
)
MISDIRECTED_REQUEST: Final = ProblemType(
    "misdirected-request",
    HTTPStatus.MISDIRECTED_REQUEST,
    "The request names a host that this service does not answer for",
)
INTERNAL_ERROR: Final = ProblemType(
    "internal-error", HTTPStatus.INTERNAL_SERVER_ERROR, "The service failed"
)
PRECONDITION_FAILED: Final = ProblemType(
    "precondition-failed",
    HTTPStatus.PRECONDITION_FAILED,
    "The customer is not at the version of If-Match",
    ("customer_id",),
)
_SERVICE_ERRORS: Final[Mapping[type[CustomerServiceError], ProblemType]] = {
    InvalidInputError: ProblemType(
        "invalid-input", HTTPStatus.BAD_REQUEST, "A field breaks a rule", ("errors",)
    ),
    LoginRefusedError: ProblemType(
        "login-refused", HTTPStatus.UNAUTHORIZED, "The login is refused"
    ),
    SessionRefusedError: ProblemType(
        "session-refused",
        HTTPStatus.UNAUTHORIZED,
        "There is no such live session",
        ("reason",),
        ("session_id",),
    ),
    ForbiddenError: ProblemType(
        "role-required", HTTPStatus.FORBIDDEN, "The session lacks a role", ("role",)
    ),
    SelfRemovalError: ProblemType(
        "another-admin-required", HTTPStatus.FORBIDDEN, "Another admin has to do this", ("role",)
    ),
    WrongPasswordError: ProblemType(
        "wrong-password", HTTPStatus.FORBIDDEN, "The present password is wrong"
    ),
    LoginRequiredError: ProblemType(
        "login-required", HTTPStatus.FORBIDDEN, "The login was too long ago", ("within_seconds",)
    ),
    TokenRefusedError: ProblemType(
        "token-refused", HTTPStatus.BAD_REQUEST, "The link does not work any more"
    ),
    SessionNotFoundError: ProblemType(
        "session-not-found", HTTPStatus.NOT_FOUND, "There is no such live session", ("session_id",)
    ),
    MailOffError: ProblemType("mail-off", HTTPStatus.NOT_FOUND, "The service sends no such mail"),
    CustomerNotFoundError: ProblemType(
        "customer-not-found", HTTPStatus.NOT_FOUND, "There is no such customer", ("customer_id",)
    ),
    CustomerExistsError: ProblemType(
        "customer-exists", HTTPStatus.CONFLICT, "The customer_id is taken", ("customer_id",)
    ),
    IdempotencyKeyReusedError: ProblemType(
        "idempotency-key-reused",
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "The Idempotency-Key was used with another request",
    ),
    EmailTakenError: ProblemType("email-taken", HTTPStatus.CONFLICT, "The e-mail address is taken"),
    VersionConflictError: ProblemType(
        "concurrent-change",
        HTTPStatus.CONFLICT,
        "The customer is being changed by others",
        ("customer_id",),
    ),
    TooManyAttemptsError: ProblemType(
        "too-many-attempts", HTTPStatus.TOO_MANY_REQUESTS, "There were too many attempts"
    ),
    ServiceBusyError: ProblemType(
        "service-busy", HTTPStatus.SERVICE_UNAVAILABLE, "The service is busy"
    ),
    StoreUnavailableError: ProblemType(
        "store-unavailable",
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The store is unavailable",
        ("outcome_known",),
    ),
    CheckerUnavailableError: ProblemType(
        "checker-unavailable",
        HTTPStatus.SERVICE_UNAVAILABLE,
        "Sessions cannot be checked currently",
    ),
}

BAD_REQUEST: Final = ProblemType("bad-request", HTTPStatus.BAD_REQUEST, "Bad Request")

PROBLEM_TYPES: Final[Mapping[str, ProblemType]] = {
    each.name: each
    for each in (
        BAD_REQUEST,
        MALFORMED_MESSAGE,
        MESSAGE_TOO_LARGE,
        UNSUPPORTED_MEDIA_TYPE,
        LENGTH_REQUIRED,
        FEED_OFF,
        FEED_REFUSED,
        INTROSPECTION_OFF,
        INTROSPECTION_REFUSED,
        MISDIRECTED_REQUEST,
        INTERNAL_ERROR,
        PRECONDITION_FAILED,
        *_SERVICE_ERRORS.values(),
    )
}
"""The types that have a name of their own, by name."""

_RETRYABLE: Final = (
    TooManyAttemptsError,
    ServiceBusyError,
    StoreUnavailableError,
    CheckerUnavailableError,
)


def problem_from_service_error(error: CustomerServiceError, *, conditional: bool) -> Problem:
    """The problem of ``error``. An error that callers cannot act on becomes an INTERNAL_ERROR.

    ``conditional`` says whether the request has the header If-Match.
    """
    problem_type = problem_type_from_error(type(error))
    if conditional and isinstance(error, VersionConflictError):
        problem_type = PRECONDITION_FAILED
    if problem_type is INTERNAL_ERROR:
        return internal_error()
    headers: dict[str, str] = {}
    if isinstance(error, _RETRYABLE):
        headers["Retry-After"] = str(error.retry_after)
    challenge = _challenge(error)
    if challenge is not None:
        headers["WWW-Authenticate"] = challenge
    return Problem(problem_type, _sentence(error), _members(error), headers)


def problem_type_from_error(error: type[CustomerServiceError]) -> ProblemType:
    """The problem type of a kind of error, or INTERNAL_ERROR if callers cannot act on it.

    An error without its own problem type has the type of its nearest base class.
    """
    known = (_SERVICE_ERRORS[kind] for kind in error.__mro__ if kind in _SERVICE_ERRORS)
    return next(known, INTERNAL_ERROR)


def problem_from_message_error(error: MessageError) -> Problem:
    """The problem of a request that is unreadable, or that lacks a token of a service."""
    headers = {"WWW-Authenticate": _REALM} if error.type is FEED_REFUSED else {}
    return Problem(error.type, error.detail, error.members, {**headers, **error.headers})


def problem_type_from_status(status: HTTPStatus) -> ProblemType:
    """The problem type for a status that has no type of its own."""
    return ProblemType(status.phrase.lower().replace(" ", "-"), status, status.phrase)


def internal_error() -> Problem:
    """The problem of a failure of the service. It says nothing about the cause."""
    detail = "The operators find the cause in the log under this request_id."
    return Problem(INTERNAL_ERROR, detail, {}, {})


def _members(error: CustomerServiceError) -> ProblemMembers:
    """The members of the problem that a program reads, beside those of every problem."""
    members: ProblemMembers = {}
    if isinstance(error, InvalidInputError):
        faults: list[FaultJson] = [
            {"field": fault.field, "detail": fault.detail} for fault in error.faults
        ]
        members["errors"] = faults
    if isinstance(error, SessionRefusedError):
        members["reason"] = error.reason.value
    if isinstance(error, ForbiddenError):
        members["role"] = error.role
    if isinstance(error, CustomerNotFoundError | CustomerExistsError | VersionConflictError):
        members["customer_id"] = error.customer_id
    if isinstance(error, NamedSessionRefusedError | SessionNotFoundError):
        members["session_id"] = error.session_id
    if isinstance(error, LoginRequiredError):
        members["within_seconds"] = error.within_seconds
    if isinstance(error, StoreUnavailableError):
        members["outcome_known"] = error.outcome_known
    return members


def _challenge(error: CustomerServiceError) -> str | None:
    """The header ``WWW-Authenticate`` (RFC 9110, 11.6.1, and RFC 6750, 3.1), or None.

    A login that is too long ago has the challenge of RFC 9470, 3. Its status is 403 all the same:
    a client that drops its session at a 401 would drop one that is live.
    """
    if isinstance(error, LoginRefusedError) and not isinstance(error, WrongPasswordError):
        return _REALM
    if isinstance(error, SessionRefusedError):
        missing = error.reason is RefusalReason.MISSING
        return _REALM if missing else f'{_REALM}, error="invalid_token"'
    if isinstance(error, ForbiddenError) and not isinstance(error, SelfRemovalError):
        return f'{_REALM}, error="insufficient_scope"'
    if isinstance(error, LoginRequiredError):
        age = error.within_seconds
        return f'{_REALM}, error="insufficient_user_authentication", max_age="{age}"'
    return None


def _sentence(error: CustomerServiceError) -> str:
    text = str(error).rstrip(".")
    # An InvalidInputError begins with the name of a field, which keeps its spelling.
    first = text[:1] if isinstance(error, InvalidInputError) else text[:1].upper()
    return f"{first}{text[1:]}."
