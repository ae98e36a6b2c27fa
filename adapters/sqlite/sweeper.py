"""Removes what has expired, a little with each change."""

import sqlite3
from datetime import datetime, timedelta
from itertools import count
from typing import Final

from ...domain.audit import rfc3339
from ...domain.epoch_time import microseconds
from ...domain.session_feed import RETENTION

_ROWS_A_STEP: Final = 20
"""The most rows that one change removes: it takes about 50 microseconds more."""

_DAY: Final = timedelta(days=1)
_SESSION_TRACES_KEPT: Final = timedelta(days=31)
"""Longer than any session may live, so a revocation outlives its session, and a session that has
expired is refused as expired and not as unknown. The next login removes it earlier."""

_STEPS: Final = (
    ("audit_record", "customer_id, position", "expires_at <= ?", timedelta(0)),
    ("session", "customer_id, session_id", "expires_at <= ?", _SESSION_TRACES_KEPT),
    ("revocation", "customer_id, session_id", "at <= ?", _SESSION_TRACES_KEPT),
    ("login_budget", "key", "full_at <= ?", _DAY),
    ("tombstone", "customer_id", "kept_until <= ?", timedelta(0)),
    ("customer", "customer_id", "expires_at <= ?", timedelta(0)),
    ("registration", "key_hash", "expires_at <= ?", timedelta(0)),
)
"""Of each table: its key, which rows have expired, and how long they are kept after that."""


class Sweeper:
    """Looks at one table with each change, in turn. An index leads to the rows that have expired.

    Each change adds fewer rows than a sweep may remove, so the file does not grow without bound.
    """

    def __init__(self) -> None:
        self._turns = count()

    def sweep(self, connection: sqlite3.Connection, now: datetime) -> None:
        """Remove a few expired rows, in the transaction of ``connection``."""
        turn = next(self._turns) % (len(_STEPS) + 1)
        if turn == len(_STEPS):
            connection.execute(
                "DELETE FROM session_change WHERE position IN"
                " (SELECT position FROM session_change WHERE position < ?"
                " ORDER BY position LIMIT ?)",
                (rfc3339(now - RETENTION), _ROWS_A_STEP),
            )
            return
        table, key, expired, kept = _STEPS[turn]
        connection.execute(
            f"DELETE FROM {table} WHERE ({key}) IN"  # noqa: S608 (constants)
            f" (SELECT {key} FROM {table} WHERE {expired} LIMIT ?)",
            (microseconds(now - kept), _ROWS_A_STEP),
        )
