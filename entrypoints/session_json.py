"""Sessions as JSON objects."""

from typing import Annotated, Literal, NotRequired, TypedDict

from ..domain.audit import rfc3339
from ..domain.session import LoginResult, Session
from ..domain.session_details import SessionDetails
from .json_members import (
    ContextIdText,
    CustomerIdText,
    DeviceTokenText,
    EmailVerified,
    MessageText,
    RoleText,
    SessionIdText,
    SourceText,
    TimeText,
    UserAgentText,
)
from .json_shape import Member


class TimesJson(TypedDict):
    """When a session was opened, and when it expires."""

    issued_at: TimeText
    expires_at: TimeText


class SessionJson(TimesJson):
    """A session."""

    customer_id: CustomerIdText
    roles: list[RoleText]
    email_verified: EmailVerified


class LoginJson(SessionJson):
    """A new session with its secrets."""

    context_id: ContextIdText
    device_token: DeviceTokenText
    message: MessageText


class SessionDetailsJson(TimesJson):
    """A session with where it was opened."""

    session_id: SessionIdText
    source: SourceText
    user_agent: UserAgentText
    device: Annotated[
        str | None,
        Member("Equal for the sessions of one known device. `null` if it is not known.", "fq2d0p"),
    ]


class IntrospectionJson(TypedDict):
    """A live session, in the words of RFC 7662."""

    active: Annotated[Literal[True], Member("The session is live.", example=True)]
    sub: CustomerIdText
    scope: NotRequired[Annotated[str, Member("The roles, with spaces between them.", "admin")]]
    token_type: Annotated[Literal["Bearer"], Member("The kind of the token.", "Bearer")]
    iat: Annotated[int, Member("When the session was opened, in seconds of Unix time.", 1769860800)]
    exp: Annotated[int, Member("When the session expires, in seconds of Unix time.", 1769862600)]


def session_json(session: Session) -> SessionJson:
    """What a session check says of ``session``."""
    return {
        "customer_id": session.customer_id,
        "roles": sorted(session.roles),
        "email_verified": session.email_verified,
        **times_json(session),
    }


def login_json(result: LoginResult, message: str) -> LoginJson:
    """A new session with its secrets."""
    return {
        **session_json(result.session),
        "context_id": result.context_id,
        "device_token": result.device_token,
        "message": message,
    }


def details_json(details: SessionDetails) -> SessionDetailsJson:
    """A session with where it was opened, for its customer and for admins."""
    session = details.session
    return {
        "session_id": session.session_id,
        **times_json(session),
        "source": details.source,
        "user_agent": details.user_agent,
        "device": session.device or None,
    }


def introspection_json(session: Session) -> IntrospectionJson:
    """What introspection says of a live ``session`` (RFC 7662, 2.2).

    The times are whole seconds, so that ``exp`` is never later than the end of the session. A
    ``scope`` has at least one word (RFC 6749, 3.3), so a session without roles has none.
    """
    introspected: IntrospectionJson = {
        "active": True,
        "sub": session.customer_id,
        "token_type": "Bearer",
        "iat": int(session.issued_at.timestamp()),
        "exp": int(session.expires_at.timestamp()),
    }
    if session.roles:
        introspected["scope"] = " ".join(sorted(session.roles))
    return introspected


def times_json(session: Session) -> TimesJson:
    """When ``session`` was opened, and when it expires."""
    return {"issued_at": rfc3339(session.issued_at), "expires_at": rfc3339(session.expires_at)}
