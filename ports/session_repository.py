"""The stored sessions; they are part of their customers."""

from abc import abstractmethod
from datetime import datetime
from typing import Protocol

from ..domain.audit import AuditRecord
from ..domain.session import CustomerWithSessions, LiveBounds, Revocation, Session
from ..domain.session_opening import SessionOpening


class SessionRepository(Protocol):
    """Keeps sessions.

    A change and its audit record are stored in one transaction. If sessions end early, the same
    transaction publishes it (see SessionChangeLog). The repository also returns sessions that are
    no longer live; the caller decides by ``LiveBounds``. Every method raises
    StoreUnavailableError if the store does not answer.
    """

    @abstractmethod
    def get_with_sessions(self, customer_id: str, *, now: datetime) -> CustomerWithSessions | None:
        """The customer with all sessions and revocations, in one read, or None if there is none.

        A customer that has ended at ``now`` (``Customer.exists_at``) counts as none.
        """

    @abstractmethod
    def find(self, customer_id: str, session_id: str) -> Session | Revocation | None:
        """The session with its customer's current roles, or its revocation, or None if neither."""

    @abstractmethod
    def open(self, opening: SessionOpening, record: AuditRecord) -> None:
        """Store a session with its customer, and remove the sessions that ``opening`` names.

        The change is published if ``opening`` evicts a session. The customer's version stays the
        same. A revocation that another process adds at the same time may be lost; the check of
        that session then answers UNKNOWN instead of REVOKED.

        Raises:
            VersionConflictError: the customer does not exist, the ``password_version`` differs, a
                session to remove does not exist, or the customer would have more than
                ``max_sessions``. Read the customer again.
        """

    @abstractmethod
    def extend(self, session: Session, expires_at: datetime) -> None:
        """Move the expiry of a stored session to later; do nothing if it is not stored.

        An extension has no audit record.
        """

    @abstractmethod
    def close(
        self, customer_id: str, session_id: str, live: LiveBounds, record: AuditRecord
    ) -> bool:
        """End a session at ``live.now``, keep its revocation, and return True.

        If the session is not stored or not live, return False and store nothing.
        """

    @abstractmethod
    def close_others(self, session: Session, record: AuditRecord) -> bool:
        """End every session of a customer but ``session``, keep the revocations; return True.

        It is one update. The store may drop the revocations of an earlier ``close_all`` or
        ``close_others``. If ``session`` is not stored any more, return False and store nothing.
        The stored session becomes ``session``: an extension at the same moment may be lost.
        The customer's ``email_verification`` is removed, as with ``close_all``.
        """

    @abstractmethod
    def close_all(self, customer_id: str, record: AuditRecord) -> bool:
        """End every session of a customer, keep the revocations, and return True.

        The customer's ``email_verification`` is removed: a thief of a session may have asked for
        another address. The store may drop the revocations of an earlier ``close_all`` or
        ``close_others``. If there is no such customer, return False and store nothing.
        """
