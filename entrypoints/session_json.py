"""Sessions as JSON objects."""

from typing import Any

from ..domain.audit import rfc3339
from ..domain.session import LoginResult, Session
from ..domain.session_details import SessionDetails


def session_json(session: Session) -> dict[str, Any]:
    """What a session check says of ``session``."""
    return {
        "customer_id": session.customer_id,
        "roles": sorted(session.roles),
        "email_verified": session.email_verified,
        **times_json(session),
    }


def login_json(result: LoginResult, message: str) -> dict[str, Any]:
    """A new session with its secrets."""
    return {
        **session_json(result.session),
        "context_id": result.context_id,
        "device_token": result.device_token,
        "message": message,
    }


def details_json(details: SessionDetails) -> dict[str, Any]:
    """A session with where it was opened, for its customer and for admins."""
    session = details.session
    return {
        "session_id": session.session_id,
        **times_json(session),
        "source": details.source,
        "user_agent": details.user_agent,
        "device": session.device or None,
    }


def introspection_json(session: Session) -> dict[str, Any]:
    """What introspection says of a live ``session`` (RFC 7662, 2.2).

    The times are whole seconds, so that ``exp`` is never later than the end of the session. A
    ``scope`` has at least one word (RFC 6749, 3.3), so a session without roles has none.
    """
    scope = {"scope": " ".join(sorted(session.roles))} if session.roles else {}
    return {
        "active": True,
        "sub": session.customer_id,
        **scope,
        "token_type": "Bearer",
        "iat": int(session.issued_at.timestamp()),
        "exp": int(session.expires_at.timestamp()),
    }


def times_json(session: Session) -> dict[str, str]:
    """When ``session`` was opened, and when it expires."""
    return {"issued_at": rfc3339(session.issued_at), "expires_at": rfc3339(session.expires_at)}
