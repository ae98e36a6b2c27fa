"""The machine's clock."""

from datetime import UTC, datetime

from ...ports.clock import Clock
from ...ports.store_time import StoreTime


class SystemClock(Clock):
    """The machine's clock, in UTC."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class CorrectedClock(Clock):
    """``clock``, corrected by ``store_time``.

    ``now`` raises StoreUnavailableError or StoreFaultError where the store has to be asked first.
    """

    def __init__(self, clock: Clock, store_time: StoreTime) -> None:
        self._clock = clock
        self._store_time = store_time

    def now(self) -> datetime:
        self._store_time.ensure_known()
        return self._store_time.correct(self._clock.now())


def corrected(clock: Clock, store_time: StoreTime | None) -> Clock:
    """``clock``, corrected where the store can do that."""
    return clock if store_time is None else CorrectedClock(clock, store_time)
