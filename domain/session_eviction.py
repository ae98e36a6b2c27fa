"""Makes room for one more session of a customer: what ends, and what is remembered of it."""

from datetime import datetime
from operator import attrgetter
from typing import Final

from .errors import RefusalReason
from .policy import SessionPolicy
from .session import CustomerWithSessions, Revocation

MAX_REVOCATIONS: Final = 8
"""So many are remembered of one customer: those of a usual day, in a third of a kilobyte."""


def plan_eviction(
    account: CustomerWithSessions, now: datetime, policy: SessionPolicy
) -> tuple[list[str], tuple[Revocation, ...] | None]:
    """Which sessions end when ``account`` logs in, and the revocations to remember after that.

    Expired sessions are swept out. A session issued in the future is revoked: it must not become
    live later, and to another server, whose clock differs, it may be live now. Of the live ones
    the oldest end, until there is room. The revocations are None where they stay as they are.
    """
    in_order = sorted(account.sessions, key=attrgetter("issued_at"))
    refusals = [(session, session.refusal(now, policy.max_lifetime)) for session in in_order]
    live = [session for session, refusal in refusals if refusal is None]
    evicted = live[: max(0, len(live) - (policy.max_sessions - 1))]
    evicted += [session for session, refusal in refusals if refusal is RefusalReason.UNKNOWN]
    kept = {session.session_id for session in live} - {it.session_id for it in evicted}
    ended = [it.session_id for it in account.sessions if it.session_id not in kept]

    # A session that ended so long ago would have expired since.
    recent = (it for it in account.revocations if it.at > now - policy.max_lifetime)
    revocations = sorted(recent, key=attrgetter("at"))
    # Those of just now come last, whatever another server's clock said of the others.
    revocations += [Revocation(session.session_id, now) for session in evicted]
    revocations = revocations[-MAX_REVOCATIONS:]
    same = set(revocations) == set(account.revocations)
    return ended, None if same else tuple(revocations)
