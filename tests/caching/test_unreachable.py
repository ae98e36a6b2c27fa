"""The answers while the source cannot be reached."""

import pytest
from support.cached_shop import CachedShop

from cybershop_customer import CheckerUnavailableError, RefusalReason, SessionRefusedError


def test_by_default_no_old_answer_is_used() -> None:
    shop = CachedShop(max_age=5)
    context_id = shop.log_in()
    assert shop.is_live(context_id)
    shop.cut_off(retry_after=3)

    shop.after(4)
    assert shop.is_live(context_id)
    shop.after(1)
    with pytest.raises(CheckerUnavailableError) as refused:
        shop.checker.check_session(context_id)
    assert refused.value.retry_after == 3


def test_an_old_answer_is_used_up_to_stale_if_error() -> None:
    shop = CachedShop(max_age=5, stale_if_error=30)
    context_id = shop.log_in()
    first = shop.checker.check_session(context_id)
    shop.cut_off()

    shop.after(29.999)
    assert shop.checker.check_session(context_id) == first
    shop.after(0.001)
    with pytest.raises(CheckerUnavailableError):
        shop.checker.check_session(context_id)


def test_an_old_refusal_is_used_too() -> None:
    shop = CachedShop(refusal_max_age=5, stale_if_error=30)
    context_id = shop.log_in()
    shop.log_out(context_id)
    assert not shop.is_live(context_id)
    shop.cut_off()
    shop.after(20)

    with pytest.raises(SessionRefusedError) as refused:
        shop.checker.check_session(context_id)
    assert refused.value.reason is RefusalReason.REVOKED


def test_a_session_without_an_old_answer_makes_the_checker_unavailable() -> None:
    shop = CachedShop(stale_if_error=30)
    context_id = shop.log_in()
    shop.cut_off()

    with pytest.raises(CheckerUnavailableError):
        shop.checker.check_session(context_id)


def test_an_expired_session_is_not_accepted() -> None:
    shop = CachedShop(stale_if_error=300)
    context_id = shop.log_in(life=20)
    assert shop.is_live(context_id)
    shop.cut_off()

    shop.after(19.999)
    assert shop.is_live(context_id)
    shop.after(0.001)
    with pytest.raises(CheckerUnavailableError):
        shop.checker.check_session(context_id)


def test_an_old_answer_about_a_changed_customer_is_not_used() -> None:
    shop = CachedShop(followed=True, stale_if_error=300)
    shop.checker.poll()
    context_id, other = shop.log_in("ann"), shop.log_in("bob")
    assert shop.is_live(context_id)
    assert shop.is_live(other)
    shop.after(1)
    shop.log_out(context_id)
    shop.checker.poll()
    shop.cut_off()
    shop.after(100)

    with pytest.raises(CheckerUnavailableError):
        shop.checker.check_session(context_id)
    assert shop.is_live(other)


def test_it_recovers_by_itself() -> None:
    shop = CachedShop(max_age=5, stale_if_error=300)
    context_id = shop.log_in()
    assert shop.is_live(context_id)
    shop.cut_off()
    shop.after(10)
    assert shop.is_live(context_id)
    shop.source.error = None
    shop.log_out(context_id)

    assert not shop.is_live(context_id)
