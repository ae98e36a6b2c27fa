"""Revocations in a customer's item: the traces of sessions that ended early.

``revoked`` is a set of texts, ``<session_id>~<microseconds>``. A logout adds one without a read.
``wiped`` is a copy of the map ``sessions`` from the moment ``wiped_at``, at which all sessions
ended. One assignment makes the copy, however many sessions there are. ``wiped_but`` is the id of
the one that did not end, if there is one.

Both are apart from the live sessions. So they do not count against the session limit, and an older
version of the service does not take them for live sessions.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from ...domain.epoch_time import from_microseconds, microseconds
from ...domain.session import Revocation, Session
from .attributes import (
    AttributeValue,
    Item,
    moment,
    read_moment,
    read_text,
    read_text_set,
    text,
    text_set,
)
from .customer_change import CustomerChange
from .customer_item import NO_SESSIONS, session_to_value

WIPED_BUT: Final = "wiped_but"

_REVOCATION: Final = re.compile(r"[^~]+~\d{1,17}", re.ASCII)


def add_revocation(change: CustomerChange, session_id: str, at: datetime) -> None:
    """Add the revocation of one session."""
    change.add(change.path("revoked"), change.value(text_set([_text(Revocation(session_id, at))])))


def revoke_all_sessions(
    change: CustomerChange, at: datetime, *, but: Session | None = None
) -> None:
    """End all sessions, and keep their revocations in place of those in ``wiped``.

    ``but`` is the only session afterwards, whether it was open before or not.
    """
    sessions, none = change.path("sessions"), change.value(NO_SESSIONS)
    change.set(change.path("wiped"), f"if_not_exists({sessions}, {none})")
    change.set(change.path("wiped_at"), change.value(moment(at)))
    if but is None:
        change.set(sessions, none)
        change.remove(change.path(WIPED_BUT))
    else:
        only: AttributeValue = {"M": {but.session_id: session_to_value(but)}}
        change.set(sessions, change.value(only))
        change.set(change.path(WIPED_BUT), change.value(text(but.session_id)))


def replace_revocations(change: CustomerChange, revocations: Iterable[Revocation]) -> None:
    """Keep ``revocations`` and no others."""
    texts = [_text(revocation) for revocation in revocations]
    if texts:
        change.set(change.path("revoked"), change.value(text_set(texts)))
    else:
        change.remove(change.path("revoked"))
    change.remove(change.path("wiped"))
    change.remove(change.path("wiped_at"))
    change.remove(change.path(WIPED_BUT))


def revocation_attributes(revocations: Iterable[Revocation]) -> dict[str, AttributeValue]:
    """The attributes of a customer with these revocations. A customer without one has none."""
    texts = [_text(revocation) for revocation in revocations]
    return {"revoked": text_set(texts)} if texts else {}


def revocations_from_item(item: Item) -> tuple[Revocation, ...]:
    """The revocations in a customer's item, or in the projection of it that was read."""
    # Ignores a malformed text: a lost revocation is no reason to refuse a login.
    texts = (text for text in read_text_set(item, "revoked") if _REVOCATION.fullmatch(text))
    revoked = [_revocation(text) for text in texts]
    wiped = item.get("wiped")
    if wiped is not None:
        at = read_moment(item, "wiped_at")
        kept = read_text(item, WIPED_BUT)
        revoked += [Revocation(session_id, at) for session_id in wiped["M"] if session_id != kept]
    return tuple(revoked)


def _text(revocation: Revocation) -> str:
    return f"{revocation.session_id}~{microseconds(revocation.at)}"


def _revocation(text: str) -> Revocation:
    session_id, _, at = text.partition("~")
    return Revocation(session_id, from_microseconds(int(at)))
