"""Lets audit records share equal texts, which saves memory.

Each request brings texts of its own, but a customer has few sources and user agents. ``sys.intern``
would share them too, but Python 3.12 never frees its texts. A stranger may send another user agent
in each login.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from typing import Final

from ...domain.audit import AuditRecord

LATEST: Final = 4
"""With how many of its customer's latest records a new one may share its source."""

_REMEMBERED: Final = 1024
"""How many user agents are remembered. Many customers have the same ones."""


def with_shared_texts(record: AuditRecord, latest: Iterable[AuditRecord]) -> AuditRecord:
    """The same record, with texts that earlier records have.

    The source is that of one of the ``latest`` records, and the user agent is a remembered one, if
    they are equal.
    """
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
    """The first text that was equal to this one."""
    return user_agent
