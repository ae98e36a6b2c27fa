"""The login throttle in the file."""

import sqlite3
from collections.abc import Collection, Mapping
from datetime import datetime

from ...domain.attempt import Attempt, Charge
from ...domain.audit import AuditRecord
from ...domain.epoch_time import from_microseconds, microseconds
from ...domain.errors import TooManyAttemptsError
from ...ports.login_throttle import LoginThrottle
from .database import Database


class SQLiteLoginThrottle(LoginThrottle):
    """Counts attempts in the file, for all processes: one row a budget, with when it is full."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def charge(self, attempt: Attempt) -> Charge:
        with self._database.counting() as connection:
            full_at = _full_at(connection, attempt.key)
            counted = attempt.counted_in(full_at)
            if counted is not None:
                _set(connection, attempt.key, counted)
                return Charge(attempt, counted)
            # Only a budget in debt refuses an attempt.
            full_at = full_at or attempt.at
            if attempt.is_beyond(full_at):
                _set(connection, attempt.key, attempt.rate_limit.exhausted_at(attempt.at))
        raise TooManyAttemptsError(attempt.retry_after(full_at))

    def refund(self, charge: Charge, now: datetime) -> None:
        with self._database.counting() as connection:
            full_at = _full_at(connection, charge.attempt.key)
            if full_at is None or full_at <= now:
                return
            moved = full_at - charge.refundable(now)
            if moved > now:
                _set(connection, charge.attempt.key, moved)
            else:
                reset_budgets(connection, [charge.attempt.key])

    def read(self, keys: Collection[str]) -> Mapping[str, datetime]:
        with self._database.reading() as connection:
            found = {key: _full_at(connection, key) for key in keys}
        return {key: full_at for key, full_at in found.items() if full_at is not None}

    def reset(self, keys: Collection[str], record: AuditRecord) -> None:
        with self._database.changing() as connection:
            reset_budgets(connection, keys)
            self._database.log(connection, record)


def reset_budgets(connection: sqlite3.Connection, keys: Collection[str]) -> None:
    """Make the budgets of these ``keys`` full."""
    connection.executemany("DELETE FROM login_budget WHERE key = ?", [(key,) for key in keys])


def _full_at(connection: sqlite3.Connection, key: str) -> datetime | None:
    row = connection.execute("SELECT full_at FROM login_budget WHERE key = ?", (key,)).fetchone()
    return None if row is None else from_microseconds(row[0])


def _set(connection: sqlite3.Connection, key: str, full_at: datetime) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO login_budget VALUES (?, ?)", (key, microseconds(full_at))
    )
