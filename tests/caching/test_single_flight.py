"""Many checks of the same session at the same time ask the source once."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event

import pytest
from support.cached_shop import WAIT_SECONDS, CachedShop, wait_for

from cybershop_customer import CheckerUnavailableError, Session, SessionRefusedError

CROWD = 8


class Crowd:
    """Threads that check a session while the check of the first thread is pending."""

    def __init__(self, shop: CachedShop) -> None:
        self.shop = shop
        self.pending, self.may_finish = Event(), Event()
        shop.source.meanwhile = self._hold

    def _hold(self) -> None:
        self.pending.set()
        wait_for(self.may_finish)

    def ask(self, context_id: str, between: Callable[[], object]) -> "list[Future[Session]]":
        with ThreadPoolExecutor(CROWD) as pool:
            check = self.shop.checker.check_session
            first = pool.submit(check, context_id)
            wait_for(self.pending)
            between()
            others = [pool.submit(check, context_id) for _ in range(CROWD - 1)]
            self._wait_for_all()
            self.may_finish.set()
            return [first, *others]

    def _wait_for_all(self) -> None:
        """Wait until each thread has counted its check as a miss."""
        arrived = Event()
        while self.shop.checker.cache_info().misses < CROWD:
            arrived.wait(0.001)


def test_all_get_the_answer_of_one_check() -> None:
    shop = CachedShop()
    context_id = shop.log_in()

    answers = Crowd(shop).ask(context_id, between=lambda: None)

    assert {answer.result(WAIT_SECONDS) for answer in answers} == {shop.source.sessions[context_id]}
    assert len(shop.source.asked) == 1


def test_all_get_the_refusal_of_one_check() -> None:
    shop = CachedShop()
    context_id = shop.log_in()
    shop.log_out(context_id)

    answers = Crowd(shop).ask(context_id, between=lambda: None)

    errors = [answer.exception(WAIT_SECONDS) for answer in answers]
    assert {type(error) for error in errors} == {SessionRefusedError}
    assert len(set(map(id, errors))) == CROWD
    assert len(shop.source.asked) == 1


def test_different_sessions_do_not_wait_for_each_other() -> None:
    shop = CachedShop()
    slow, quick = shop.log_in("ann"), shop.log_in("bob")
    crowd = Crowd(shop)

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(shop.checker.check_session, slow)
        wait_for(crowd.pending)
        shop.source.meanwhile = lambda: None
        assert shop.is_live(quick)
        crowd.may_finish.set()
        assert waiting.result(WAIT_SECONDS).customer_id == "ann"


def test_a_check_that_began_too_long_ago_is_not_joined() -> None:
    """It may have read the session before a logout that preceded the later check."""
    shop = CachedShop(max_age=1)
    context_id = shop.log_in()
    crowd = Crowd(shop)

    with ThreadPoolExecutor(1) as pool:
        early = pool.submit(shop.checker.check_session, context_id)
        wait_for(crowd.pending)
        shop.source.meanwhile = lambda: None
        shop.log_out(context_id)
        shop.after(1)
        assert not shop.is_live(context_id)
        crowd.may_finish.set()
        assert early.result(WAIT_SECONDS).customer_id == "ann"

    # The late answer of the early check did not replace the refusal.
    assert shop.asks(lambda: shop.is_live(context_id)) == 0
    assert not shop.is_live(context_id)


def test_with_a_max_age_of_zero_no_earlier_check_is_joined() -> None:
    shop = CachedShop(max_age=0)
    context_id = shop.log_in()

    answers = Crowd(shop).ask(context_id, between=lambda: shop.after(0.001))

    assert all(answer.result(WAIT_SECONDS) for answer in answers)
    # Checks that began at the same moment may share an answer.
    assert len(shop.source.asked) >= 2


def test_an_unavailable_source_is_asked_once_and_all_get_the_error() -> None:
    shop = CachedShop()
    context_id = shop.log_in()
    crowd = Crowd(shop)

    def fail() -> None:
        crowd._hold()
        raise CheckerUnavailableError(7)

    shop.source.meanwhile = fail
    answers = crowd.ask(context_id, between=lambda: None)

    errors = [answer.exception(WAIT_SECONDS) for answer in answers]
    assert {(type(error), getattr(error, "retry_after", None)) for error in errors} == {
        (CheckerUnavailableError, 7)
    }
    assert len(set(map(id, errors))) == CROWD
    assert len(shop.source.asked) == 1


def test_a_bug_in_the_source_is_raised_in_one_thread_and_leaves_no_thread_waiting() -> None:
    shop = CachedShop()
    context_id = shop.log_in()
    crowd = Crowd(shop)

    def fail() -> None:
        crowd._hold()
        raise ZeroDivisionError

    shop.source.meanwhile = fail
    first, *others = crowd.ask(context_id, between=lambda: None)

    assert isinstance(first.exception(WAIT_SECONDS), ZeroDivisionError)
    assert {type(other.exception(WAIT_SECONDS)) for other in others} == {CheckerUnavailableError}
    shop.source.meanwhile = lambda: None
    assert shop.is_live(context_id)


@pytest.mark.parametrize("followed", [False, True])
def test_a_check_from_before_a_known_change_is_not_joined(*, followed: bool) -> None:
    shop = CachedShop(max_age=600, followed=followed)
    context_id = shop.log_in()
    crowd = Crowd(shop)

    with ThreadPoolExecutor(1) as pool:
        early = pool.submit(shop.checker.check_session, context_id)
        wait_for(crowd.pending)
        shop.after(0.1)
        shop.log_out(context_id)
        shop.checker.poll()
        shop.source.meanwhile = lambda: None
        if followed:
            assert not shop.is_live(context_id)
        crowd.may_finish.set()
        early.result(WAIT_SECONDS)

    shop.after(0.1)
    # A follower drops the answer of a check that was pending during the change.
    assert shop.is_live(context_id) is not followed
