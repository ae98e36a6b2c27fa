"""The machine's clock and randomness."""

from datetime import UTC, datetime, timedelta

import pytest

from cybershop_customer.adapters.system.clock import SystemClock
from cybershop_customer.adapters.system.random_source import SystemRandomSource


def test_the_clock_tells_the_time_in_utc() -> None:
    before = datetime.now(UTC)
    told = SystemClock().now()

    assert told.utcoffset() == timedelta()
    assert before <= told <= datetime.now(UTC)


@pytest.mark.parametrize("count", [0, 1, 16, 32])
def test_there_are_as_many_random_bytes_as_asked_for(count: int) -> None:
    assert len(SystemRandomSource().token_bytes(count)) == count


def test_random_bytes_do_not_repeat() -> None:
    random = SystemRandomSource()

    assert len({random.token_bytes(32) for _ in range(100)}) == 100
