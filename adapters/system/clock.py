"""This machine's clock, and a clock that the store corrects."""

from datetime import UTC, datetime

from ...ports.clock import Clock
from ...ports.store_time import StoreTime


class SystemClock(Clock):
    """This machine's clock, in UTC."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class CorrectedClock(Clock):
    """A clock that is corrected by the store's time.

    ``now`` may send a request to the store, and then raises StoreUnavailableError or
    StoreFaultError if that fails.
    """

    def __init__(self, clock: Clock, store_time: StoreTime) -> None:
        self._clock = clock
        self._store_time = store_time

    def now(self) -> datetime:
        self._store_time.ensure_known()
        return self._store_time.correct(self._clock.now())


def corrected_clock(clock: Clock, store_time: StoreTime | None) -> Clock:
    """``clock``, corrected by ``store_time`` if the store has a time."""
    return clock if store_time is None else CorrectedClock(clock, store_time)
