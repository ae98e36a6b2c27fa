"""Counters of attempts, in memory."""

from collections.abc import Collection, Mapping
from datetime import datetime

from ...domain.attempt import Attempt, Charge
from ...domain.audit import AuditRecord
from ...domain.errors import TooManyAttemptsError
from ...ports.login_throttle import LoginThrottle
from ...ports.throttle import Throttle
from ..forking.fork_safe_lock import ForkSafeLock
from .budgets import Budgets
from .tables import Tables


class MemoryThrottle(Throttle):
    """Counts attempts in this process, in bounded memory, and never admits more than the limit.

    Args:
        budgets: where the counts are; see ``Budgets`` for what they admit when there are many.
        lock: held while a budget is charged.
    """

    def __init__(self, budgets: Budgets | None = None, lock: ForkSafeLock | None = None) -> None:
        self._budgets = Budgets() if budgets is None else budgets
        self._lock = ForkSafeLock() if lock is None else lock

    def charge(self, attempt: Attempt) -> Charge:
        with self._lock:
            full_at = self._budgets.get(attempt.key, attempt.at)
            counted = attempt.counted_in(full_at)
            if counted is not None:
                self._budgets.set(attempt.key, counted, attempt.at)
                return Charge(attempt, counted)
            # Only a budget in debt refuses an attempt.
            full_at = full_at or attempt.at
            if attempt.is_beyond(full_at):
                exhausted_at = attempt.rate_limit.exhausted_at(attempt.at)
                self._budgets.set(attempt.key, exhausted_at, attempt.at)
        raise TooManyAttemptsError(attempt.retry_after(full_at))

    def refund(self, charge: Charge, now: datetime) -> None:
        with self._lock:
            self._budgets.move_back(charge.attempt.key, charge.refundable(now), now)


class MemoryLoginThrottle(MemoryThrottle, LoginThrottle):
    """Counts login attempts in ``tables``."""

    def __init__(self, tables: Tables) -> None:
        super().__init__(tables.login_budgets, tables.lock)
        self._tables = tables

    def read(self, keys: Collection[str]) -> Mapping[str, datetime]:
        with self._tables.lock:
            found = {key: self._tables.login_budgets.find(key) for key in keys}
        return {key: full_at for key, full_at in found.items() if full_at is not None}

    def reset(self, keys: Collection[str], record: AuditRecord) -> None:
        with self._tables.lock:
            for key in keys:
                self._tables.login_budgets.reset(key)
            self._tables.log(record)
