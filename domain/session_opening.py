"""Opens a session: what is stored, and which of the customer's other sessions it removes."""

from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Final

from .errors import RefusalReason
from .policy import SessionPolicy
from .session import CustomerWithSessions, Revocation, Session

MAX_REVOCATIONS: Final = 8
"""So many are kept of one customer: those of a usual day, in a third of a kilobyte."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOpening:
    """A session to store with its customer, and all that changes with it."""

    session: Session
    password_version: int
    """The customer's, when its password was verified."""
    max_sessions: int
    """How many sessions the customer may have afterwards."""
    evicted: tuple[str, ...] = ()
    """The ids of sessions that end before their time. The session change feed tells of it."""
    expired: tuple[str, ...] = ()
    """The ids of sessions that have expired, and are swept out. The feed does not tell of it."""
    revocations: tuple[Revocation, ...] | None = None
    """The revocations to keep from now on, in place of the stored ones; None leaves these."""
    password_hash: str | None = field(default=None, repr=False)
    """Unless None, replaces the stored hash: the same password, hashed anew."""

    @property
    def removed_ids(self) -> tuple[str, ...]:
        """The ids of the sessions that are removed, for whichever reason."""
        return self.evicted + self.expired

    @property
    def changes_sessions(self) -> bool:
        """Whether a session check answers otherwise afterwards, so that the feed must tell."""
        return bool(self.evicted)


def plan_opening(
    account: CustomerWithSessions,
    session: Session,
    policy: SessionPolicy,
    *,
    password_hash: str | None = None,
) -> SessionOpening:
    """The opening of ``session``, issued now, for the customer of ``account``.

    Expired sessions are swept out. Of the live ones the oldest are evicted, until there is room.
    A session issued in the future is evicted too: it must not become live later, and to another
    server, whose clock differs, it may be live now.
    """
    now = session.issued_at
    in_order = sorted(account.sessions, key=attrgetter("issued_at"))
    refusals = [(it.session_id, it.refusal(now, policy.max_lifetime)) for it in in_order]
    live = [session_id for session_id, refusal in refusals if refusal is None]
    oldest = live[: max(0, len(live) - (policy.max_sessions - 1))]
    future = [session_id for session_id, refusal in refusals if refusal is RefusalReason.UNKNOWN]
    expired = [session_id for session_id, refusal in refusals if refusal is RefusalReason.EXPIRED]
    return SessionOpening(
        session=session,
        password_version=account.customer.password_version,
        max_sessions=policy.max_sessions,
        evicted=(*oldest, *future),
        expired=tuple(expired),
        revocations=_revocations(account, [*oldest, *future], now, policy),
        password_hash=password_hash,
    )


def _revocations(
    account: CustomerWithSessions, evicted: list[str], now: datetime, policy: SessionPolicy
) -> tuple[Revocation, ...] | None:
    """The revocations to keep after ``evicted`` are gone, or None if these are the stored ones."""
    # A session that ended so long ago would have expired since.
    recent = (it for it in account.revocations if it.at > now - policy.max_lifetime)
    # The new ones come last, whatever another server's clock said of the others.
    kept = sorted(recent, key=attrgetter("at")) + [Revocation(it, now) for it in evicted]
    kept = kept[-MAX_REVOCATIONS:]
    return None if set(kept) == set(account.revocations) else tuple(kept)
