"""Records in memory are sorted by position, whatever the order in which they are added."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.builders.values import a_record, added

from cybershop_customer import AuditRecord
from cybershop_customer.adapters.memory.storage import memory_storage
from cybershop_customer.adapters.memory.tables import Tables
from cybershop_customer.adapters.memory.timeline import Timeline
from cybershop_customer.entrypoints.testkit.clock import START

POSITIONS = st.lists(st.text("abc", min_size=1, max_size=3))
BOUND = st.text("abc", max_size=3)


@given(positions=POSITIONS, removed=st.sets(st.text("abc", min_size=1, max_size=3)))
def test_it_is_a_sorted_set(positions: list[str], removed: set[str]) -> None:
    timeline: Timeline[str] = Timeline(str.lower)
    for position in positions:
        timeline.add(position.upper())
    assert list(timeline) == [position.upper() for position in sorted(set(positions))]

    timeline.remove(removed)

    assert list(timeline) == [position.upper() for position in sorted(set(positions) - removed)]
    assert len(timeline) == len(set(positions) - removed)


@given(
    positions=POSITIONS,
    first=BOUND,
    end=st.none() | BOUND,
    after=BOUND,
    limit=st.integers(1, 5),
)
def test_a_range_is_read_in_pages(
    positions: list[str], first: str, end: str | None, after: str, limit: int
) -> None:
    timeline: Timeline[str] = Timeline(str)
    for position in positions:
        timeline.add(position)
    found = [
        position
        for position in sorted(set(positions))
        if first <= position > after and (not end or position < end)
    ]
    if end == "":
        found = []

    page, more = timeline.read(first=first, end=end, after=after, limit=limit)

    assert list(page) == found[:limit]
    assert more == (len(found) > limit)


@pytest.fixture
def positions_computed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A list with one entry for each computed position."""
    computed: list[str] = []
    real: Any = AuditRecord.position

    def position(record: AuditRecord) -> str:
        computed.append(record.record_id)
        return real.fget(record)

    monkeypatch.setattr(AuditRecord, "position", property(position))
    return computed


def test_a_record_of_a_clock_that_is_behind_costs_no_search_through_the_log(
    positions_computed: list[str],
) -> None:
    tables = Tables()
    for number in range(20_000):
        tables.log(a_record("ann", at=START + timedelta(seconds=number)))
    positions_computed.clear()

    tables.log(late := a_record("ann", at=START - timedelta(hours=1)))

    # A binary search in 20,000 looks at 15.
    assert len(positions_computed) <= 20
    assert next(iter(tables.logs["ann"])) is late


def test_reading_a_page_costs_no_search_through_the_log(positions_computed: list[str]) -> None:
    storage = memory_storage()
    customer_id = added(storage).customer_id
    for number in range(2000):
        storage.audit_log.append(a_record(customer_id, at=START + timedelta(seconds=number)))
    positions_computed.clear()

    page = storage.audit_log.read(
        customer_id, since=START, until=START + timedelta(hours=1), after=None, limit=10
    )

    assert len(page.records) == 10
    # Both ends are binary searches in 2,000: each looks at 11.
    assert len(positions_computed) <= 24
