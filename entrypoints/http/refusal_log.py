"""Warns the operator of refused attempts and of many failed logins, in few lines."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from typing import Final

from ...adapters.forking.fork_safe_lock import ForkSafeLock
from ...adapters.runtime import monotonic

LOGGER: Final = logging.getLogger("cybershop_customer.http")

REFUSALS_SECONDS: Final = 60.0
"""The least time between two lines about refusals of one kind."""
FAILURES: Final = 100
"""So many failed logins within ``FAILURES_SECONDS``, over all names and sources, get a line."""
FAILURES_SECONDS: Final = 15 * 60.0

_REASONS: Final = {
    "id": "too many failed logins of one customer_id",
    "email": "too many failed logins of one e-mail address",
    "device": "too many failed logins on one device",
    "failures": "too many failed logins from one source",
    "registrations": "too many registrations from one source",
    "mails": "too many mails asked for from one source",
    "mail": "too many mails asked for under one name",
    "change": "too many changes of one customer's address",
    "export": "too many exports of one customer",
    "introspection": "missing or wrong credentials of an asking service",
    "busy": "too many passwords waited to be hashed, or exports were sent",
    "": "too many attempts",
}
BUDGETS: Final = frozenset(_REASONS) - {"introspection", "busy", ""}
"""The budgets that a TooManyAttemptsError may name."""
_FAILED_LOGINS: Final = "failed"
_MOST_DISTINCT: Final = 10_000


@dataclass(slots=True)
class _Distinct:
    """How many different texts were seen, as far as bounded memory can tell."""

    _hashes: set[int] = field(default_factory=set[int])

    def add(self, text: str) -> None:
        if len(self._hashes) < _MOST_DISTINCT:
            self._hashes.add(hash(text))

    def __str__(self) -> str:
        count = len(self._hashes)
        return f"{count} or more" if count == _MOST_DISTINCT else str(count)


@dataclass(slots=True)
class _Tally:
    """What happened of one kind since its last line."""

    threshold: int
    seconds: float
    next_line: float = -inf
    """The earliest time of the next line."""
    began: float = 0.0
    count: int = 0
    sources: _Distinct = field(default_factory=_Distinct)
    names: _Distinct = field(default_factory=_Distinct)
    last_source: str = ""

    @property
    def due(self) -> float:
        """When the count is written, or dropped because it is below the threshold."""
        return max(self.next_line, self.began + self.seconds)

    def add(self, source: str, name: str, now: float) -> None:
        if not self.count:
            self.began = now
        self.count += 1
        self.sources.add(source)
        self.names.add(name)
        self.last_source = source

    def restarted(self, next_line: float) -> "_Tally":
        return _Tally(self.threshold, self.seconds, next_line)


class RefusalLog:
    """Counts refusals by kind. Writes the first one at once, then at most one line a minute.

    Each line has the number of refusals since the line before. Failed logins are counted too,
    over all names and sources: one password that is tried under many names, from many sources,
    uses up no budget. No line names a customer.

    Args:
        clock: the time in seconds, from any start.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = ForkSafeLock()
        self._tallies = {kind: _Tally(1, REFUSALS_SECONDS) for kind in _REASONS}
        self._tallies[_FAILED_LOGINS] = _Tally(FAILURES, FAILURES_SECONDS)
        self._next_due = inf

    def note_refusal(self, kind: str, source: str) -> None:
        """Count a refusal: ``busy``, ``introspection`` or the budget of a TooManyAttemptsError."""
        self._note(kind if kind in _REASONS else "", source, "")

    def note_failed_login(self, source: str, name: str) -> None:
        """Count a failed login under ``name``, of which only a hash is kept."""
        self._note(_FAILED_LOGINS, source, name)

    def write_due(self) -> None:
        """Write what was counted and is due. Every request calls this."""
        if self._clock() < self._next_due:
            return
        lines: list[str] = []
        with self._lock:
            now = self._clock()
            for kind, tally in self._tallies.items():
                if tally.count and now >= tally.due:
                    lines += self._finish(kind, now)
            self._schedule()
        _write(lines)

    def _note(self, kind: str, source: str, name: str) -> None:
        lines: list[str] = []
        with self._lock:
            now = self._clock()
            tally = self._tallies[kind]
            tally.add(source, name, now)
            if now >= tally.next_line and tally.count >= tally.threshold:
                lines = self._finish(kind, now)
            self._schedule()
        _write(lines)

    def _finish(self, kind: str, now: float) -> list[str]:
        """Start a new tally; the line about the old one, unless it is below the threshold."""
        tally = self._tallies[kind]
        is_worth_a_line = tally.count >= tally.threshold
        next_line = now + tally.seconds if is_worth_a_line else tally.next_line
        self._tallies[kind] = tally.restarted(next_line)
        return [_line(kind, tally, now)] if is_worth_a_line else []

    def _schedule(self) -> None:
        dues = [tally.due for tally in self._tallies.values() if tally.count]
        self._next_due = min(dues, default=inf)


def _line(kind: str, tally: _Tally, now: float) -> str:
    seconds = round(now - tally.began)
    if kind == _FAILED_LOGINS:
        return (
            f"failed logins: {tally.count} in {seconds} seconds, of all names and sources;"
            f" names: {tally.names}; sources: {tally.sources}"
        )
    return (
        f"refused attempts: {tally.count} in {seconds} seconds, because of {_REASONS[kind]};"
        f" sources: {tally.sources}; the last one: {tally.last_source}"
    )


def _write(lines: list[str]) -> None:
    for line in lines:
        LOGGER.warning(line)
