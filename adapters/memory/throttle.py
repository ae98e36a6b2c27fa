"""Counters of attempts, in memory."""

from collections.abc import Collection
from datetime import datetime

from ...domain.attempt import Attempt
from ...domain.audit import AuditRecord
from ...ports.login_throttle import LoginThrottle
from ...ports.throttle import Throttle
from ..forking.fork_safe_lock import ForkSafeLock
from .budgets import Budgets
from .tables import Tables


class MemoryThrottle(Throttle):
    """Counts attempts in this process, in bounded room, and never admits more than the limit.

    Args:
        budgets: where the counts are; see ``Budgets`` for what they admit when there are many.
        lock: held while a budget is charged.
    """

    def __init__(self, budgets: Budgets | None = None, lock: ForkSafeLock | None = None) -> None:
        self._budgets = budgets or Budgets(max_names=20_000, buckets=16_384)
        self._lock = lock or ForkSafeLock()

    def charge(self, attempt: Attempt) -> int:
        with self._lock:
            full_at = self._budgets.get(attempt.key, attempt.at)
            if full_at is not None and attempt.is_beyond(full_at):
                full_at = attempt.exhausted_at
                self._budgets.set(attempt.key, full_at, attempt.at)
            counted = attempt.counted_in(full_at)
            if counted is not None:
                self._budgets.set(attempt.key, counted, attempt.at)
                return 0
            return attempt.retry_after(full_at or attempt.at)

    def refund(self, attempt: Attempt, now: datetime) -> None:
        with self._lock:
            full_at = self._budgets.get(attempt.key, now)
            refunded = None if full_at is None else attempt.refunded(full_at, now)
            if refunded is not None:
                self._budgets.lower(attempt.key, refunded)


class MemoryLoginThrottle(MemoryThrottle, LoginThrottle):
    """Counts login attempts in ``tables``."""

    def __init__(self, tables: Tables) -> None:
        super().__init__(tables.login_budgets, tables.lock)
        self._tables = tables

    def reset(self, keys: Collection[str], record: AuditRecord) -> None:
        with self._tables.lock:
            for key in keys:
                self._tables.login_budgets.lower(key, None)
            self._tables.log(record)
