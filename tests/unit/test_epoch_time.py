"""Times as stores keep them."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from cybershop_customer.domain.epoch_time import from_microseconds, from_seconds, microseconds


@given(st.datetimes(timezones=st.just(UTC)))
def test_every_time_is_kept_exactly(moment: datetime) -> None:
    assert from_microseconds(microseconds(moment)) == moment


def test_they_count_from_1970_in_utc() -> None:
    moment = datetime(1970, 1, 1, 1, 0, 1, 5, tzinfo=timezone(timedelta(hours=1)))

    assert microseconds(moment) == 1_000_005
    assert from_seconds(1) == datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)
    assert from_seconds(1).utcoffset() == timedelta(0)
