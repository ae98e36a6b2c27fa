"""The cache keeps to its size, and what is in use stays."""

import pytest
from support.cached_shop import CachedShop

from cybershop_customer import SettingsError
from cybershop_customer.adapters.caching.cached_answer import CachedAnswer
from cybershop_customer.adapters.caching.cached_answers import CachedAnswers
from cybershop_customer.adapters.caching.policy import CachePolicy
from cybershop_customer.adapters.caching.session_checker import CachingSessionChecker
from cybershop_customer.domain.errors import RefusalReason


def test_it_never_grows_beyond_its_size() -> None:
    shop = CachedShop(max_entries=10)

    for number in range(50):
        assert shop.is_live(shop.log_in(f"customer{number}"))

    assert shop.checker.cache_info().entries == 10


def test_the_one_unused_for_longest_makes_room() -> None:
    shop = CachedShop(max_entries=3)
    first, second, third = (shop.log_in(name) for name in ("ann", "bob", "cid"))
    for context_id in (first, second, third, first):
        assert shop.is_live(context_id)

    assert shop.is_live(shop.log_in("dan"))

    assert shop.asks(lambda: [shop.is_live(it) for it in (first, third)]) == 0
    assert shop.asks(lambda: shop.is_live(second)) == 1


def test_an_answer_that_was_renewed_was_in_use() -> None:
    shop = CachedShop(max_entries=2, max_age=0)
    first, second = shop.log_in("ann"), shop.log_in("bob")
    for context_id in (first, second, first):
        assert shop.is_live(context_id)
    shop.checker._cache.get()._answers.put(
        "another", CachedAnswer(0, RefusalReason.UNKNOWN, float("inf"))
    )
    assert shop.is_live(shop.log_in("cid"))

    kept = shop.checker._cache.get()._answers._sessions
    assert [answer.require_session(None).customer_id for answer in kept.values()] == ["ann", "cid"]


def test_an_answer_of_an_earlier_check_does_not_replace_that_of_a_later_one() -> None:
    answers = CachedAnswers(10)
    late, early = (CachedAnswer(began, RefusalReason.UNKNOWN, float("inf")) for began in (2.0, 1.0))

    answers.put("session", late)
    answers.put("session", early)

    assert answers.get("session") is late


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("max_age", -1),
        ("max_age", float("nan")),
        ("refusal_max_age", 1801),
        ("stale_if_error", float("inf")),
        ("followed_max_age", 1800.1),
        ("max_lag", -0.1),
        ("max_entries", 0),
    ],
)
def test_a_policy_out_of_range_is_refused_by_name(field: str, value: float) -> None:
    with pytest.raises(SettingsError) as refused:
        CachePolicy(**{field: value})  # type: ignore[arg-type]

    assert [fault.field for fault in refused.value.faults] == [field]


def test_all_that_is_wrong_with_a_policy_is_told_at_once() -> None:
    with pytest.raises(SettingsError) as refused:
        CachePolicy(max_age=-1, max_lag=-1, max_entries=-1)

    assert [fault.field for fault in refused.value.faults] == ["max_age", "max_lag", "max_entries"]


def test_zero_is_allowed_everywhere_but_for_the_size() -> None:
    CachePolicy(max_age=0, refusal_max_age=0, stale_if_error=0, followed_max_age=0, max_lag=0)


@pytest.mark.parametrize("interval", [2, 1.9])
def test_a_feed_that_is_looked_at_too_seldom_is_refused(interval: float) -> None:
    """Pauses are random, and longer by a tenth at the most."""
    shop = CachedShop(followed=True)
    feed = shop.checker._cache.get().follower._feed  # type: ignore[union-attr]

    with pytest.raises(SettingsError, match=rf"max_lag must be more than {1.1 * interval:g} sec"):
        CachingSessionChecker(shop.source, clock=shop.clock, feed=feed, feed_interval=interval)
