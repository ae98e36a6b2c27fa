"""How long an answer is used."""

import pytest
from support.cached_shop import CachedShop

from cybershop_customer import ForbiddenError, RefusalReason, SessionRefusedError


def test_a_session_is_answered_from_the_cache_until_max_age() -> None:
    shop = CachedShop(max_age=5)
    context_id = shop.log_in()
    first = shop.checker.check_session(context_id)

    shop.after(4.999)
    assert shop.asks(lambda: shop.checker.check_session(context_id)) == 0
    assert shop.checker.check_session(context_id) == first

    shop.after(0.001)
    assert shop.asks(lambda: shop.checker.check_session(context_id)) == 1


def test_a_logout_is_known_within_max_age() -> None:
    shop = CachedShop(max_age=5)
    context_id = shop.log_in()
    assert shop.is_live(context_id)
    shop.log_out(context_id)

    shop.after(4.999)
    assert shop.is_live(context_id)
    shop.after(0.001)
    assert not shop.is_live(context_id)


def test_the_age_counts_from_the_beginning_of_the_check() -> None:
    shop = CachedShop(max_age=5)
    context_id = shop.log_in()
    shop.source.meanwhile = lambda: shop.after(4)
    assert shop.is_live(context_id)
    shop.source.meanwhile = lambda: None
    shop.log_out(context_id)

    shop.after(1)

    assert not shop.is_live(context_id)


def test_with_a_max_age_of_zero_every_check_asks_the_source() -> None:
    shop = CachedShop(max_age=0, refusal_max_age=0)
    context_id = shop.log_in()

    assert shop.asks(lambda: [shop.is_live(context_id) for _ in range(3)]) == 3
    shop.log_out(context_id)
    assert not shop.is_live(context_id)
    assert shop.asks(lambda: shop.is_live(context_id)) == 1


def test_no_answer_outlives_its_session() -> None:
    shop = CachedShop(max_age=600)
    context_id = shop.log_in(life=100)
    assert shop.is_live(context_id)

    shop.after(100)

    with pytest.raises(SessionRefusedError) as refused:
        shop.checker.check_session(context_id)
    assert refused.value.reason is RefusalReason.EXPIRED


def test_a_session_in_use_reaches_the_source_often_enough_to_be_extended() -> None:
    """Only checks that reach the service extend a session."""
    shop = CachedShop(max_age=600)
    context_id = shop.log_in(life=100)
    assert shop.is_live(context_id)

    shop.after(9.999)
    assert shop.asks(lambda: shop.is_live(context_id)) == 0
    shop.after(0.001)
    assert shop.asks(lambda: shop.is_live(context_id)) == 1
    # The remaining life counts, which is now 90 seconds.
    shop.after(9)
    assert shop.asks(lambda: shop.is_live(context_id)) == 1


def test_a_clock_that_is_far_ahead_costs_checks_and_refuses_no_session() -> None:
    shop = CachedShop(max_age=5)
    context_id = shop.log_in(life=60)
    shop.source.clock = type(shop.clock)()
    shop.clock.advance(minutes=10)

    assert shop.asks(lambda: [shop.is_live(context_id) for _ in range(3)]) == 3
    assert shop.is_live(context_id)


def test_roles_are_checked_in_the_cache() -> None:
    shop = CachedShop(max_age=5)
    admin = shop.log_in("boss", roles=frozenset({"admin"}))
    other = shop.log_in("ann")
    assert shop.is_live(admin)
    assert shop.is_live(other)

    assert shop.asks(lambda: shop.checker.check_session(admin, role="admin")) == 0
    with pytest.raises(ForbiddenError) as refused:
        shop.checker.check_session(other, role="admin")
    assert refused.value.role == "admin"


def test_the_pair_is_checked_in_the_cache() -> None:
    shop = CachedShop(max_age=5)
    context_id = shop.log_in("ann")
    assert shop.checker.check_session(context_id, customer_id="ann").customer_id == "ann"

    def ask_for_another() -> None:
        with pytest.raises(SessionRefusedError) as refused:
            shop.checker.check_session(context_id, customer_id="bob")
        assert refused.value.reason is RefusalReason.UNKNOWN

    assert shop.asks(ask_for_another) == 0


def test_a_missing_or_malformed_context_id_does_not_reach_the_source() -> None:
    shop = CachedShop()
    for text, reason in ((None, "missing"), ("", "missing"), ("x.ann", "malformed")):
        with pytest.raises(SessionRefusedError) as refused:
            shop.checker.check_session(text)
        assert refused.value.reason == reason
    assert shop.source.asked == []


class TestCached:
    """The method ``cached``, for event loops."""

    def test_an_empty_cache_returns_none_and_asks_no_source(self) -> None:
        shop = CachedShop()
        context_id = shop.log_in()

        assert shop.checker.cached(context_id) is None
        assert shop.source.asked == []

    def test_a_cached_answer_is_that_of_a_check(self) -> None:
        shop = CachedShop()
        context_id = shop.log_in()
        session = shop.checker.check_session(context_id)

        assert shop.checker.cached(context_id, customer_id="ann") == session
        with pytest.raises(ForbiddenError):
            shop.checker.cached(context_id, role="admin")
        with pytest.raises(SessionRefusedError):
            shop.checker.cached(context_id, customer_id="bob")
        with pytest.raises(SessionRefusedError):
            shop.checker.cached(None)
        shop.after(5)
        assert shop.checker.cached(context_id) is None


def test_hits_misses_and_stale_answers_are_counted() -> None:
    shop = CachedShop(max_age=5, stale_if_error=60)
    one, other = shop.log_in("ann"), shop.log_in("bob")
    for context_id in (one, one, other):
        shop.is_live(context_id)
    shop.after(10)
    shop.cut_off()
    shop.is_live(one)

    info = shop.checker.cache_info()

    assert (info.hits, info.misses, info.stale, info.entries) == (1, 3, 1, 2)


def test_a_clock_that_is_behind_makes_no_answer_live_longer() -> None:
    shop = CachedShop(max_age=1800)
    context_id = shop.log_in(life=100)
    shop.source.meanwhile = lambda: shop.after(-24 * 60 * 60)
    assert shop.is_live(context_id)
    shop.source.meanwhile = lambda: None
    shop.after(24 * 60 * 60)

    shop.after(10)

    assert shop.asks(lambda: shop.is_live(context_id)) == 1
