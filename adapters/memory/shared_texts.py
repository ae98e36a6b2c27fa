"""Lets audit records share the texts that are equal.

Each request brings texts of its own, but a customer comes from few places and programs.
``sys.intern`` would do the same, but Python 3.12 never frees what it returned, and a stranger may
name another program in each login.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from typing import Final

from ...domain.audit import AuditRecord

LATEST: Final = 4
"""With how many records of the same customer a new one may share its texts."""

_REMEMBERED: Final = 1024
"""How many programs are remembered, which many customers have in common."""


def with_shared_texts(record: AuditRecord, latest: Iterable[AuditRecord]) -> AuditRecord:
    """The record, with the texts of the ``latest`` ones of its customer where they are equal."""
    source, user_agent = record.source, record.user_agent
    if source is None and user_agent is None:
        return record
    for other in latest:
        if other.source == source:
            source = other.source
    if user_agent is not None:
        user_agent = _remembered(user_agent)
    return replace(record, source=source, user_agent=user_agent)


@lru_cache(_REMEMBERED)
def _remembered(user_agent: str) -> str:
    return user_agent
