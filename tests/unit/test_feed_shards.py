"""The order in which an entry of the feed tries the shards."""

from collections import Counter

import pytest

from cybershop_customer.adapters.dynamodb.feed_shards import (
    PARTITIONS,
    FeedShards,
    partition_key,
)
from cybershop_customer.domain.fields import customer_id_fault


def test_one_shard_is_the_one_that_every_version_reads() -> None:
    shards = FeedShards()

    assert (shards.read, partition_key(0)) == (1, "#sessions")
    assert [*shards.partitions_for("any")] == ["#sessions"]


def test_no_entry_goes_to_a_shard_that_is_only_read() -> None:
    shards = FeedShards(read=3, written=1)

    assert [*shards.partitions_for("any")] == ["#sessions"]


@pytest.mark.parametrize("record_id", ["a", "b", "c", "d", ""])
def test_an_entry_has_every_written_shard_once_and_always_in_the_same_order(record_id: str) -> None:
    shards = FeedShards(read=6, written=4)
    partitions = [*shards.partitions_for(record_id)]

    assert sorted(partitions) == ["#sessions", "#sessions-1", "#sessions-2", "#sessions-3"]
    assert partitions == [*shards.partitions_for(record_id)]


def test_entries_are_spread_evenly() -> None:
    shards = FeedShards(read=8, written=8)
    counts = Counter(next(shards.partitions_for(f"record {number}")) for number in range(4000))

    assert len(counts) == 8
    assert max(counts.values()) < 1.3 * 500


def test_no_partition_is_a_valid_customer_id() -> None:
    assert len(PARTITIONS) == 64
    assert all(map(customer_id_fault, PARTITIONS))
