"""How far this machine's clock is off, by the header ``Date`` of DynamoDB's replies."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from threading import Lock
from typing import Any, Final, Self

from ..forking.process_local import ProcessLocal
from .call_failure import FOREIGN_ERRORS

LOGGER: Final = logging.getLogger("cybershop_customer")

_PLAUSIBLE: Final = tuple(datetime(year, 1, 1, tzinfo=UTC).timestamp() for year in (2025, 2100))
"""A time before this code was written, or long after it, is not the time."""
_SLACK: Final = 0.5
"""Seconds by which a header may be off: a server may keep it for a moment, and AWS has many."""
_DRIFT: Final = 0.0002
"""Seconds that a clock may gain or lose in each second."""
_JUMP: Final = 2.0
"""A clock that moves so many seconds against the monotonic one was set."""
_FRESH: Final = 3600.0
"""Seconds for which a reply says enough."""
_BELIEVED_AFTER: Final = 3
"""Replies that contradict what is known, one after the other and agreeing, replace it."""
_MATTERS: Final = 2.0
_ENDED: Final = 1.0
_CHANGED: Final = 10.0
_SIGNED: Final = 5 * 60
_BOOT_TIME: Final[int | None] = getattr(time, "CLOCK_BOOTTIME", None)
"""Linux's, which goes on while the machine sleeps; its monotonic clock does not."""


def read_date(header: object) -> datetime:
    """The time in a header ``Date``. Raises one of the ``FOREIGN_ERRORS`` if it has none."""
    date = parsedate_to_datetime(str(header))
    # A time without a zone ("-0000") is UTC as well (RFC 5322, 3.3).
    return date.replace(tzinfo=date.tzinfo or UTC)


def steady_seconds() -> float:
    """Seconds of a clock that nobody sets, and that goes on while the machine sleeps."""
    return time.monotonic() if _BOOT_TIME is None else time.clock_gettime(_BOOT_TIME)


@dataclass(frozen=True, slots=True)
class _Interval:
    """Between which bounds the store's time lies ahead of the steady clock."""

    low: float
    high: float

    def within(self, other: Self) -> "_Interval | None":
        low, high = max(self.low, other.low), min(self.high, other.high)
        return _Interval(low, high) if low <= high else None

    def after(self, seconds: float) -> "_Interval":
        return _Interval(self.low - _DRIFT * seconds, self.high + _DRIFT * seconds)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the replies so far say; replaced as a whole, so that it needs no lock."""

    at: float
    """The steady clock, when a reply last told the time, or came without a time."""
    offset: float
    """How far this machine's clock was then ahead of the steady one."""
    store: _Interval | None
    doubt: _Interval | None = None
    doubts: int = 0


class ClockEstimate:
    """One process's estimate. It costs no request: every reply of DynamoDB has the header.

    Args:
        wall: this machine's clock, in seconds since the epoch.
        steady: seconds of a clock that nobody sets.
    """

    def __init__(
        self,
        *,
        # Looked up at each call, as libraries that freeze the time expect.
        wall: Callable[[], float] = lambda: time.time(),  # noqa: PLW0108
        steady: Callable[[], float] = steady_seconds,
    ) -> None:
        self.steady = steady
        self._wall = wall
        self._known: _Known | None = None
        self._header: tuple[object, float | None] = (None, None)
        self._logging = ProcessLocal(Lock)
        self._logged = 0.0

    @property
    def fresh(self) -> bool:
        """Whether a reply told the time not long ago, or told that this store tells no time."""
        known = self._known
        return known is not None and (known.store is None or self.steady() - known.at <= _FRESH)

    @property
    def jumped(self) -> bool:
        """Whether this machine's clock was set since the last reply."""
        known = self._known
        if known is None or known.store is None:
            return False
        return abs(self._wall() - self.steady() - known.offset) > _JUMP

    def correct(self, moment: datetime) -> datetime:
        """``moment``, which is now, moved into what the replies allow."""
        known = self._known
        if known is None or known.store is None:
            return moment
        error = _error(known, moment.timestamp(), self.steady())
        return moment + timedelta(seconds=error) if error else moment

    def listen(self, response: Mapping[str, Any], sent: float) -> None:
        """Learn from a reply, or from an error reply, whatever it is.

        Args:
            response: what botocore made of it.
            sent: the steady clock, before the request was sent.
        """
        try:
            headers = response["ResponseMetadata"]["HTTPHeaders"]
            if "ConsumedCapacity" not in response and "x-amzn-requestid" not in headers:
                return
            header = headers.get("date")
            if header == self._header[0] and self._known is not None and not self.jumped:
                # The other replies of the same second say little more, and would cost CPU time.
                return
            second = self._second(header)
        except FOREIGN_ERRORS:
            return
        self._learn(second, sent, self.steady(), self._wall())

    def _second(self, header: object) -> float | None:
        """The time in the header, or None if it has none."""
        known, second = self._header
        if header != known:
            try:
                second = read_date(header).timestamp()
                if not _PLAUSIBLE[0] <= second < _PLAUSIBLE[1]:
                    second = None
            except FOREIGN_ERRORS:
                second = None
            self._header = (header, second)
        return second

    def _learn(self, second: float | None, sent: float, got: float, wall: float) -> None:
        known = self._known
        if second is None:
            if known is None:
                self._known = _Known(got, wall - got, None)
            return
        told = _Interval(second - _SLACK - got, second + 1 + _SLACK - sent)
        self._known = learnt = _learnt(known, told, got, wall - got)
        self._tell(-_error(learnt, wall, got))

    def _tell(self, ahead: float) -> None:
        """Log when the error of this machine's clock begins to matter, ends, or changes a lot."""
        changed = abs(ahead - self._logged) >= (_CHANGED if self._logged else _MATTERS)
        ended = self._logged and abs(ahead) < _ENDED
        # If another thread is logging, this one has nothing to add. A fork cannot leave it locked.
        if not (changed or ended):
            return
        logging_lock = self._logging.get()
        if not logging_lock.acquire(blocking=False):
            return
        try:
            if abs(ahead) < _ENDED:
                self._logged = 0.0
                LOGGER.warning("this machine's clock agrees with DynamoDB's again")
                return
            self._logged = ahead
            LOGGER.warning(
                "this machine's clock is %.0f s %s DynamoDB's. The service corrects its times by"
                " that. Set the clock by NTP, such as `timedatectl set-ntp true`%s",
                abs(ahead),
                "ahead of" if ahead > 0 else "behind",
                "; AWS refuses what is signed by a clock that is 5 minutes off"
                if abs(ahead) >= _SIGNED
                else "",
            )
        finally:
            logging_lock.release()


def _learnt(known: _Known | None, told: _Interval, got: float, offset: float) -> _Known:
    """What is known with the reply of now."""
    if known is None or known.store is None or abs(offset - known.offset) > _JUMP:
        # Nothing is known yet; or the clock was set, or stood still with this machine.
        return _Known(got, offset, told)
    agreed = known.store.after(max(0.0, got - known.at)).within(told)
    if agreed is not None:
        return _Known(got, offset, agreed)
    # One odd reply changes nothing.
    doubt = told if known.doubt is None else known.doubt.within(told)
    doubts = known.doubts + 1 if doubt is not None else 1
    if doubts >= _BELIEVED_AFTER and doubt is not None:
        return _Known(got, offset, doubt)
    return _Known(known.at, known.offset, known.store, doubt or told, doubts)


def _error(known: _Known, wall: float, steady: float) -> float:
    """What must be added to this machine's clock, the least that the replies allow."""
    if known.store is None:
        return 0.0
    offset, drift = wall - steady, _DRIFT * (steady - known.at)
    return max(known.store.low - drift - offset, 0.0) or min(known.store.high + drift - offset, 0.0)
