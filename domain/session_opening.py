"""Opens a session: what is stored, and which of the customer's other sessions it removes."""

from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Final

from .device import Device, DeviceUse, plan_device_use
from .errors import RefusalReason
from .policy import SessionPolicy
from .session import CustomerWithSessions, Revocation, Session

MAX_REVOCATIONS: Final = 8
"""The most revocations that are kept for one customer: those of a usual day, in a third of a kB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOpening:
    """A session to store with its customer, and everything that changes with it."""

    session: Session
    password_version: int
    """The customer's ``password_version`` when the password was verified."""
    max_sessions: int
    """The most sessions that the customer may have afterwards."""
    evicted: tuple[str, ...] = ()
    """The ids of sessions that end early. The store publishes this."""
    expired: tuple[str, ...] = ()
    """The ids of expired sessions that are removed. The store does not publish this."""
    revocations: tuple[Revocation, ...] | None = None
    """The revocations that replace the stored ones; None keeps the stored ones."""
    device_use: DeviceUse | None = None
    """How the known devices change; None if they stay the same."""
    password_hash: str | None = field(default=None, repr=False)
    """The rehash of the same password, or None to keep the stored hash."""
    keeps_customer: bool = False
    """Whether the customer has an ``expires_at``, which the login takes away."""

    @property
    def removed_ids(self) -> tuple[str, ...]:
        """The ids of the sessions that are removed, evicted or expired."""
        return self.evicted + self.expired

    @property
    def changes_sessions(self) -> bool:
        """Whether the answer of a session check changes, so that the store must publish it."""
        return bool(self.evicted)


def plan_opening(
    stored: CustomerWithSessions,
    session: Session,
    policy: SessionPolicy,
    *,
    device_id: str,
    password_hash: str | None = None,
    replaced: str | None = None,
) -> SessionOpening:
    """The opening of ``session``, which is issued now on a device, for the ``stored`` customer.

    Expired sessions are removed. If there are too many live sessions, the oldest are evicted.
    Sessions issued in the future are evicted as well: they must not become live later, and a
    server with another clock may already accept them. ``replaced`` is the id of a session that the
    new one takes the place of; it is evicted too (OWASP ASVS 5.0, 7.2.4).
    """
    now = session.issued_at
    by_age = sorted(stored.sessions, key=attrgetter("issued_at"))
    refusals = [(other.session_id, other.refusal(now, policy.max_lifetime)) for other in by_age]
    live = [session_id for session_id, refusal in refusals if refusal is None]
    given_up = [session_id for session_id in live if session_id == replaced]
    others = [session_id for session_id in live if session_id != replaced]
    oldest = others[: max(0, len(others) - (policy.max_sessions - 1))]
    future = [session_id for session_id, refusal in refusals if refusal is RefusalReason.UNKNOWN]
    evicted = [*given_up, *oldest, *future]
    expired = [session_id for session_id, refusal in refusals if refusal is RefusalReason.EXPIRED]
    return SessionOpening(
        session=session,
        password_version=stored.customer.password_version,
        max_sessions=policy.max_sessions,
        evicted=tuple(evicted),
        expired=tuple(expired),
        revocations=_revocations_to_keep(stored, evicted, now, policy),
        device_use=plan_device_use(stored.devices, Device(device_id, now.replace(microsecond=0))),
        password_hash=password_hash,
        keeps_customer=stored.customer.expires_at is not None,
    )


def _revocations_to_keep(
    stored: CustomerWithSessions, evicted: list[str], now: datetime, policy: SessionPolicy
) -> tuple[Revocation, ...] | None:
    """The revocations after ``evicted`` are removed, or None if the stored ones stay the same."""
    # Older than this, the session would have expired by now.
    since = now - policy.max_lifetime
    recent = (revocation for revocation in stored.revocations if revocation.at > since)
    # The new revocations come last, even if another server's clock is ahead.
    kept = sorted(recent, key=attrgetter("at"))
    kept += [Revocation(session_id, now) for session_id in evicted]
    kept = kept[-MAX_REVOCATIONS:]
    return None if set(kept) == set(stored.revocations) else tuple(kept)
