"""The limits of the cache, and what it evicts."""

import pytest
from support.services.cache_harness import CacheHarness

from cybershop_customer import SettingsError
from cybershop_customer.adapters.caching.cached_answer import CachedAnswer
from cybershop_customer.adapters.caching.cached_answers import CachedAnswers
from cybershop_customer.adapters.caching.policy import CachePolicy
from cybershop_customer.domain.errors import RefusalReason

WAYS = ("threads", "asyncio")


def test_the_cache_never_exceeds_max_entries() -> None:
    harness = CacheHarness(max_entries=10)

    for number in range(50):
        assert harness.is_live(harness.log_in(f"customer{number}"))

    assert harness.checker.cache_info().entries == 10


def test_the_session_unused_for_longest_is_evicted() -> None:
    harness = CacheHarness(max_entries=3)
    first, second, third = (harness.log_in(name) for name in ("ann", "bob", "cid"))
    for context_id in (first, second, third, first):
        assert harness.is_live(context_id)

    assert harness.is_live(harness.log_in("dan"))

    assert (
        harness.count_source_calls(
            lambda: [harness.is_live(context_id) for context_id in (first, third)]
        )
        == 0
    )
    assert harness.count_source_calls(lambda: harness.is_live(second)) == 1


def _refusal(*, began: float) -> CachedAnswer:
    return CachedAnswer("eve", began, RefusalReason.UNKNOWN, float("inf"), began + 5)


def test_a_renewed_answer_counts_as_used() -> None:
    harness = CacheHarness(max_entries=2, max_age=0)
    first, second = harness.log_in("ann"), harness.log_in("bob")
    for context_id in (first, second, first):
        assert harness.is_live(context_id)
    harness.cache._answers.put(b"another", _refusal(began=0))
    assert harness.is_live(harness.log_in("cid"))

    kept = harness.cache._answers._sessions
    assert [answer.require_session(None).customer_id for answer in kept.values()] == ["ann", "cid"]


def test_the_answer_of_an_earlier_check_does_not_replace_a_later_answer() -> None:
    answers = CachedAnswers(10)
    later, earlier = _refusal(began=2), _refusal(began=1)

    answers.put(b"session", later)
    answers.put(b"session", earlier)

    assert answers.get(b"session") is later


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("max_age", -1),
        ("max_age", float("nan")),
        ("refusal_max_age", 1801),
        ("stale_if_error", float("inf")),
        ("followed_max_age", 1800.1),
        ("max_lag", -0.1),
        ("max_age", "5"),
        ("max_lag", None),
        ("max_entries", 0),
        ("max_entries", "10000"),
        ("max_entries", 1.5),
    ],
)
def test_a_policy_out_of_range_is_refused_by_name(field: str, value: object) -> None:
    with pytest.raises(SettingsError) as refused:
        CachePolicy(**{field: value})  # type: ignore[arg-type]

    assert [fault.field for fault in refused.value.faults] == [field]


def test_the_error_names_every_fault_of_a_policy() -> None:
    with pytest.raises(SettingsError) as refused:
        CachePolicy(max_age=-1, max_lag=-1, max_entries=-1)

    assert [fault.field for fault in refused.value.faults] == ["max_age", "max_lag", "max_entries"]


def test_zero_is_allowed_except_for_max_entries() -> None:
    CachePolicy(max_age=0, refusal_max_age=0, stale_if_error=0, followed_max_age=0, max_lag=0)


@pytest.mark.parametrize("interval", [2, 1.9])
def test_an_interval_that_is_too_long_for_max_lag_is_refused(interval: float) -> None:
    """A random pause is at most a tenth longer than the interval."""
    harness = CacheHarness()

    with pytest.raises(SettingsError, match=rf"max_lag must be more than {1.1 * interval:g} sec"):
        harness.caching(
            harness.source, clock=harness.clock, feed=harness.feed, feed_interval=interval
        )
