"""Estimates the error of this machine's clock by the header ``Date`` of DynamoDB's replies."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from threading import Lock
from typing import Any, Final, Self

from ..forking.process_local import ProcessLocal
from .call_failure import NON_BOTOCORE_ERRORS

LOGGER: Final = logging.getLogger("cybershop_customer.store")

_PLAUSIBLE: Final = tuple(datetime(year, 1, 1, tzinfo=UTC).timestamp() for year in (2025, 2100))
"""A header with a time outside of these years is wrong."""
_TOLERANCE: Final = 0.5
"""Seconds by which a header may be wrong. AWS has many servers, and one may reuse a header."""
_DRIFT: Final = 0.0002
"""Seconds that a clock may gain or lose in each second."""
_JUMP: Final = 2.0
"""Seconds. A clock that moves this far against the steady clock was set."""
_FRESH: Final = 3600.0
"""Seconds for which a reply is enough."""
_AGREEING_REPLIES: Final = 3
"""So many replies in a row that contradict the estimate, but not each other, replace it."""
_LOGGED_FROM: Final = 2.0
"""Seconds. The log has a line for an error of this size."""
_LOGGED_CHANGE: Final = 10.0
"""Seconds. The log has another line if the error changes this much."""
_ENDED_BELOW: Final = 1.0
"""Seconds. An error below this has ended."""
_AWS_TOLERANCE: Final = 5 * 60
"""Seconds by which the clock that signs a request may be wrong."""
_BOOT_TIME: Final[int | None] = getattr(time, "CLOCK_BOOTTIME", None)
"""Linux's clock that runs while the machine sleeps. Its monotonic clock stands still then."""


def read_date(header: object) -> datetime:
    """Parse a header ``Date``. Raises one of the ``NON_BOTOCORE_ERRORS`` if it has no time."""
    date = parsedate_to_datetime(str(header))
    # A time without a zone ("-0000") is UTC as well (RFC 5322, 3.3).
    return date.replace(tzinfo=date.tzinfo or UTC)


def steady_seconds() -> float:
    """The seconds of a clock that is never set, and that runs while the machine sleeps."""
    return time.monotonic() if _BOOT_TIME is None else time.clock_gettime(_BOOT_TIME)


@dataclass(frozen=True, slots=True)
class _Interval:
    """Bounds of an offset in seconds."""

    low: float
    high: float

    def intersection(self, other: Self) -> "_Interval | None":
        low, high = max(self.low, other.low), min(self.high, other.high)
        return _Interval(low, high) if low <= high else None

    def widened(self, seconds: float) -> "_Interval":
        """The bounds ``seconds`` later, when the clocks may have drifted."""
        return _Interval(self.low - _DRIFT * seconds, self.high + _DRIFT * seconds)


@dataclass(frozen=True, slots=True)
class _State:
    """What the replies so far show. Each update replaces it as a whole, so it needs no lock."""

    updated_at: float
    """The steady clock at the last update."""
    wall_offset: float
    """This machine's clock minus the steady clock, at the last update."""
    store_offset: _Interval | None
    """The store's time minus the steady clock; None if the store's replies have no time."""
    contradiction: _Interval | None = None
    """The same according to the last replies, which contradict ``store_offset``."""
    contradictions: int = 0


class ClockEstimate:
    """The estimate of one process. It costs no request, because every reply has the header.

    Args:
        wall: this machine's clock, in seconds since the epoch.
        steady: the seconds of a clock that is never set.
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
        self._state: _State | None = None
        self._last_header: tuple[object, float | None] = (None, None)
        self._log_lock = ProcessLocal(Lock)
        self._logged_error = 0.0

    @property
    def is_fresh(self) -> bool:
        """Whether a recent reply had the time, or the store's replies have no time."""
        state = self._state
        if state is None:
            return False
        return state.store_offset is None or self.steady() - state.updated_at <= _FRESH

    @property
    def clock_was_set(self) -> bool:
        """Whether this machine's clock was set since the last reply."""
        state = self._state
        if state is None or state.store_offset is None:
            return False
        return abs(self._wall() - self.steady() - state.wall_offset) > _JUMP

    def correct(self, moment: datetime) -> datetime:
        """Correct ``moment``, which is the current time of this machine's clock."""
        state = self._state
        if state is None or state.store_offset is None:
            return moment
        seconds = _correction(state, moment.timestamp(), self.steady())
        return moment + timedelta(seconds=seconds) if seconds else moment

    def observe(self, response: Mapping[str, Any], sent_at: float) -> None:
        """Learn from a reply or an error reply. Ignores a malformed one.

        Args:
            response: the reply as botocore parsed it.
            sent_at: the steady clock before the request was sent.
        """
        try:
            headers = response["ResponseMetadata"]["HTTPHeaders"]
            if "ConsumedCapacity" not in response and "x-amzn-requestid" not in headers:
                return
            header = headers.get("date")
            is_repeated = self._state is not None and header == self._last_header[0]
            if is_repeated and not self.clock_was_set:
                # More replies of the same second add little, and cost CPU time.
                return
            store_time = self._parse(header)
        except NON_BOTOCORE_ERRORS:
            return
        self._update(store_time, sent_at, self.steady(), self._wall())

    def _parse(self, header: object) -> float | None:
        """The time in the header, or None if it has none."""
        last_header, store_time = self._last_header
        if header != last_header:
            try:
                store_time = read_date(header).timestamp()
                if not _PLAUSIBLE[0] <= store_time < _PLAUSIBLE[1]:
                    store_time = None
            except NON_BOTOCORE_ERRORS:
                store_time = None
            self._last_header = (header, store_time)
        return store_time

    def _update(
        self, store_time: float | None, sent_at: float, received_at: float, wall: float
    ) -> None:
        state = self._state
        wall_offset = wall - received_at
        if store_time is None:
            if state is None:
                self._state = _State(received_at, wall_offset, None)
            return
        # The header has whole seconds, and the server made it between sending and receiving.
        reported = _Interval(
            store_time - _TOLERANCE - received_at, store_time + 1 + _TOLERANCE - sent_at
        )
        self._state = new_state = _next_state(state, reported, received_at, wall_offset)
        self._log_error(-_correction(new_state, wall, received_at))

    def _log_error(self, ahead: float) -> None:
        """Log when the clock's error is large enough, ends, or changes a lot."""
        threshold = _LOGGED_CHANGE if self._logged_error else _LOGGED_FROM
        has_changed = abs(ahead - self._logged_error) >= threshold
        has_ended = self._logged_error and abs(ahead) < _ENDED_BELOW
        if not (has_changed or has_ended):
            return
        # If another thread is logging, this one has nothing to add.
        lock = self._log_lock.get()
        if not lock.acquire(blocking=False):
            return
        try:
            if abs(ahead) < _ENDED_BELOW:
                self._logged_error = 0.0
                LOGGER.warning("this machine's clock agrees with DynamoDB's again")
                return
            self._logged_error = ahead
            LOGGER.warning(
                "this machine's clock is %.0f s %s DynamoDB's. The service corrects its times by"
                " that. Set the clock by NTP, such as `timedatectl set-ntp true`%s",
                abs(ahead),
                "ahead of" if ahead > 0 else "behind",
                "; AWS refuses what is signed by a clock that is 5 minutes off"
                if abs(ahead) >= _AWS_TOLERANCE
                else "",
            )
        finally:
            lock.release()


def _next_state(
    state: _State | None, reported: _Interval, received_at: float, wall_offset: float
) -> _State:
    """The state after a reply that reports ``reported`` as the store's offset."""
    if state is None or state.store_offset is None or abs(wall_offset - state.wall_offset) > _JUMP:
        # This is the first time, or the clock was set, or this machine stood still.
        return _State(received_at, wall_offset, reported)
    widened = state.store_offset.widened(max(0.0, received_at - state.updated_at))
    agreed = widened.intersection(reported)
    if agreed is not None:
        return _State(received_at, wall_offset, agreed)
    # One odd reply changes nothing.
    previous = state.contradiction
    contradiction = reported if previous is None else previous.intersection(reported)
    contradictions = 1 if contradiction is None else state.contradictions + 1
    if contradiction is not None and contradictions >= _AGREEING_REPLIES:
        return _State(received_at, wall_offset, contradiction)
    return _State(
        state.updated_at,
        state.wall_offset,
        state.store_offset,
        contradiction or reported,
        contradictions,
    )


def _correction(state: _State, wall: float, steady: float) -> float:
    """The smallest number of seconds that moves this machine's clock into the bounds."""
    if state.store_offset is None:
        return 0.0
    bounds = state.store_offset.widened(steady - state.updated_at)
    wall_offset = wall - steady
    return max(bounds.low - wall_offset, 0.0) or min(bounds.high - wall_offset, 0.0)
