"""The traces of ended sessions in a customer's item.

``revoked`` is a set of texts, ``<session_id>~<microseconds>``: a logout adds one without looking.
``wiped`` is what the map ``sessions`` was when all of them ended, at ``wiped_at``: that takes one
assignment, however many there were. Both stay apart from the live sessions, so that neither counts
against their limit, and no older version of the service takes them for live.
"""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from ...domain.session import Revocation
from .attributes import (
    EPOCH,
    Item,
    microseconds,
    moment,
    read_moment,
    read_text_set,
    text_set,
)
from .customer_change import CustomerChange
from .customer_item import NO_SESSIONS

_TRACE: Final = re.compile(r"[^~]+~\d{1,17}", re.ASCII)


def add_revocation(change: CustomerChange, session_id: str, at: datetime) -> None:
    """Keep the trace of one session."""
    change.add(change.path("revoked"), change.value(text_set([_text(Revocation(session_id, at))])))


def wipe_sessions(change: CustomerChange, at: datetime) -> None:
    """End all sessions, and keep their traces; those of an earlier time may go."""
    sessions, none = change.path("sessions"), change.value(NO_SESSIONS)
    change.set(change.path("wiped"), f"if_not_exists({sessions}, {none})")
    change.set(change.path("wiped_at"), change.value(moment(at)))
    change.set(sessions, none)


def replace_revocations(change: CustomerChange, revocations: Iterable[Revocation]) -> None:
    """Keep these traces and no others."""
    texts = [_text(revocation) for revocation in revocations]
    if texts:
        change.set(change.path("revoked"), change.value(text_set(texts)))
    else:
        change.remove(change.path("revoked"))
    change.remove(change.path("wiped"))
    change.remove(change.path("wiped_at"))


def revocations_from_item(item: Item) -> tuple[Revocation, ...]:
    """The traces in a customer's item, or in the part of it that was read."""
    # A trace that cannot be read is one that is lost: no reason to refuse a login.
    texts = (text for text in read_text_set(item, "revoked") if _TRACE.fullmatch(text))
    revoked = [_revocation(text) for text in texts]
    wiped = item.get("wiped")
    if wiped is not None:
        at = read_moment(item, "wiped_at")
        revoked += [Revocation(session_id, at) for session_id in wiped["M"]]
    return tuple(revoked)


def _text(revocation: Revocation) -> str:
    return f"{revocation.session_id}~{microseconds(revocation.at)}"


def _revocation(text: str) -> Revocation:
    session_id, _, at = text.partition("~")
    return Revocation(session_id, EPOCH + timedelta(microseconds=int(at)))
