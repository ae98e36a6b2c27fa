"""The sessions, which are stored with their customers."""

from abc import abstractmethod
from datetime import datetime
from typing import Protocol

from ..domain.audit import AuditRecord
from ..domain.session import CustomerWithSessions, LiveBounds, Revocation, Session
from ..domain.session_opening import SessionOpening


class SessionRepository(Protocol):
    """Keeps sessions.

    Opening and closing take an audit record: both are stored, or neither is; and so is what the
    feed tells of sessions that end (see SessionChangeLog). Whether a session that was read is
    live is for the caller to judge, by ``LiveBounds``. Every method raises StoreUnavailableError
    when the store does not answer.
    """

    @abstractmethod
    def get_with_sessions(self, customer_id: str) -> CustomerWithSessions | None:
        """The customer with all its sessions in one read, or None if there is no customer."""

    @abstractmethod
    def find(self, customer_id: str, session_id: str) -> Session | Revocation | None:
        """One session with its customer's present roles, its revocation, or None if neither is."""

    @abstractmethod
    def open(self, opening: SessionOpening, record: AuditRecord) -> None:
        """Store a session with its customer, and remove those that ``opening`` names.

        The feed tells of it if ``opening`` evicts a session. No version changes. A revocation
        that another process adds meanwhile may be lost: the check of its session then answers
        UNKNOWN in place of REVOKED.

        Raises:
            VersionConflictError: the customer is gone, its password is no longer of the
                ``password_version``, a session to remove is gone, or there would be more than
                ``max_sessions``. Read the account again.
        """

    @abstractmethod
    def extend(self, session: Session, expires_at: datetime) -> None:
        """Move the end of ``session`` to later, if it is still there; otherwise do nothing.

        This is bookkeeping, not a change of state: no audit record.
        """

    @abstractmethod
    def close(
        self, customer_id: str, session_id: str, live: LiveBounds, record: AuditRecord
    ) -> bool:
        """End a session, and keep its revocation, at ``live.now``.

        False, and no record, if it is not there or ``live`` does not include it.
        """

    @abstractmethod
    def close_all(self, customer_id: str, record: AuditRecord) -> bool:
        """End every session of a customer, and keep their revocations.

        An earlier end of all sessions may be forgotten by that. False, and no record, if there is
        no customer.
        """
