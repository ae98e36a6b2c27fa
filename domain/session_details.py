"""A session, and where it was opened, for its customer and for admins."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from .audit import AuditRecord, opening_record_id, record_position
from .session import Session


@dataclass(frozen=True, slots=True)
class SessionDetails:
    """A session with what the audit record of its login says.

    Only its customer and admins see this (OWASP ASVS 5.0, 7.5.2).
    """

    session: Session
    source: str | None = field(default=None, repr=False)
    """The network address of the login, or None if it is not known."""
    user_agent: str | None = field(default=None, repr=False)
    """The program of the login, as it named itself, or None if it is not known."""

    @classmethod
    def of(cls, session: Session, record: AuditRecord | None) -> Self:
        """The details of ``session``; ``record`` is that of its login, None if it is not kept."""
        if record is None:
            return cls(session)
        return cls(session, record.source, record.user_agent)


def opening_position(session: Session) -> str:
    """The place of the record of the login that opened ``session`` in its customer's log."""
    return record_position(session.issued_at, opening_record_id(session.session_id))


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """A live session as the client shows it to its customer and to admins."""

    session_id: str
    issued_at: datetime
    expires_at: datetime
    source: str | None = field(default=None, repr=False)
    """The network address of the login, or None if it is not known."""
    user_agent: str | None = field(default=None, repr=False)
    """The program of the login, as it named itself, or None if it is not known."""
    device: str | None = None
    """Begins the id of the device of the login, or None if that is not known."""

    @classmethod
    def of(cls, details: SessionDetails) -> Self:
        """What ``details`` shows."""
        session = details.session
        return cls(
            session.session_id,
            session.issued_at,
            session.expires_at,
            details.source,
            details.user_agent,
            session.device or None,
        )
