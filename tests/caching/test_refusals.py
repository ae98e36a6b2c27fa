"""Refusals are cached too, with a limit of their own."""

import pytest
from support.cached_shop import CachedShop

from cybershop_customer import (
    CheckerUnavailableError,
    ContextId,
    RefusalReason,
    SessionRefusedError,
)


def invented(number: int, customer_id: str = "ann") -> str:
    return ContextId.new(customer_id, b"\xff" * 28 + number.to_bytes(4)).secret


def reason(shop: CachedShop, context_id: str) -> RefusalReason:
    with pytest.raises(SessionRefusedError) as refused:
        shop.checker.check_session(context_id)
    return refused.value.reason


def test_a_refusal_is_answered_from_the_cache_with_its_reason() -> None:
    shop = CachedShop(refusal_max_age=3)
    context_id = shop.log_in()
    shop.log_out(context_id)
    assert reason(shop, context_id) is RefusalReason.REVOKED

    shop.after(2.999)
    assert shop.asks(lambda: reason(shop, context_id)) == 0
    assert reason(shop, context_id) is RefusalReason.REVOKED
    shop.after(0.001)
    assert shop.asks(lambda: reason(shop, context_id)) == 1


def test_an_unknown_context_id_in_a_loop_costs_one_check() -> None:
    shop = CachedShop()

    assert shop.asks(lambda: [reason(shop, invented(1)) for _ in range(100)]) == 1


def test_each_refusal_raises_a_new_error() -> None:
    """An error that is raised several times collects a traceback each time."""
    shop = CachedShop()
    errors = []
    for _ in range(3):
        with pytest.raises(SessionRefusedError) as refused:
            shop.checker.check_session(invented(1))
        errors.append(refused.value)

    assert len(set(map(id, errors))) == 3


def test_invented_context_ids_evict_no_session() -> None:
    shop = CachedShop(max_entries=20)
    live = [shop.log_in(f"customer{number}") for number in range(20)]
    for context_id in live:
        assert shop.is_live(context_id)

    for number in range(1000):
        reason(shop, invented(number))

    assert shop.asks(lambda: [shop.is_live(context_id) for context_id in live]) == 0
    assert shop.checker.cache_info().entries == 22


def test_a_refusal_replaces_the_cached_session() -> None:
    shop = CachedShop(max_age=5, refusal_max_age=60)
    context_id = shop.log_in()
    assert shop.is_live(context_id)
    shop.log_out(context_id)
    shop.after(5)

    assert not shop.is_live(context_id)

    assert shop.asks(lambda: shop.is_live(context_id)) == 0
    assert shop.checker.cache_info().entries == 1


def test_an_outage_is_not_cached() -> None:
    shop = CachedShop()
    context_id = shop.log_in()
    shop.cut_off()
    with pytest.raises(CheckerUnavailableError):
        shop.checker.check_session(context_id)
    shop.source.error = None

    assert shop.is_live(context_id)
