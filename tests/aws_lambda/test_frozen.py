"""Lambda freezes an execution environment between invocations: no logout is missed for longer.

AWS does not say which clocks run meanwhile, so each test tries all ways.
"""

from typing import Final

import pytest
from support.aws_lambda.authorizer_harness import AuthorizerHarness, passes
from support.aws_lambda.gateway_events import http_api_2_0

from cybershop_customer import CheckerUnavailableError, StoreUnavailableError

CLOCKS: Final = [
    {"steady": True, "wall": True},
    {"steady": False, "wall": True},
    {"steady": True, "wall": False},
]
FREEZES: Final = pytest.mark.parametrize("clocks", CLOCKS, ids=str)


def is_let_in(harness: AuthorizerHarness, context_id: str) -> bool:
    return passes(harness.call(http_api_2_0, context_id))


class TestCache:
    @FREEZES
    def test_an_answer_ages_while_frozen(self, clocks: dict[str, bool]) -> None:
        harness = AuthorizerHarness()
        context_id = harness.open_session()
        assert is_let_in(harness, context_id)
        harness.end_session(context_id)

        harness.clocks.freeze(5, **clocks)

        assert not is_let_in(harness, context_id)

    def test_an_answer_ages_by_the_time_of_the_request_if_no_clock_ran(self) -> None:
        harness = AuthorizerHarness()
        context_id = harness.open_session()
        assert is_let_in(harness, context_id)
        harness.end_session(context_id)

        harness.clocks.freeze(5.001, steady=False, wall=False)

        received = int(harness.clock.now().timestamp() * 1000)
        event = http_api_2_0(f"Bearer {context_id}", received=received)
        assert not passes(harness.authorizer(event))

    def test_an_answer_is_used_within_its_age(self) -> None:
        harness = AuthorizerHarness()
        context_id = harness.open_session()

        for _ in range(4):
            assert is_let_in(harness, context_id)
            harness.clocks.freeze(1)

        assert len(harness.source.calls) == 1

    @FREEZES
    def test_a_refusal_ages_too(self, clocks: dict[str, bool]) -> None:
        harness = AuthorizerHarness()
        context_id = harness.open_session()
        session = harness.source.sessions.pop(context_id)
        assert not is_let_in(harness, context_id)
        harness.source.sessions[context_id] = session

        harness.clocks.freeze(5, **clocks)

        assert is_let_in(harness, context_id)


class TestFeed:
    @FREEZES
    def test_a_logout_while_frozen_is_seen_at_once(self, clocks: dict[str, bool]) -> None:
        harness = AuthorizerHarness(follow_feed=True)
        context_id = harness.open_session()
        assert is_let_in(harness, context_id)
        harness.clocks.freeze(10)
        harness.end_session(context_id)

        harness.clocks.freeze(20, **clocks)

        assert not is_let_in(harness, context_id)

    def test_a_session_is_checked_once_a_minute(self) -> None:
        harness = AuthorizerHarness(follow_feed=True)
        context_id = harness.open_session()

        for _ in range(50):
            assert is_let_in(harness, context_id)
            harness.clocks.advance(1.1)

        assert len(harness.source.calls) == 1

    def test_a_logout_is_seen_within_two_seconds(self) -> None:
        harness = AuthorizerHarness(follow_feed=True)
        context_id = harness.open_session()
        assert is_let_in(harness, context_id)
        harness.clocks.advance(0.9)
        assert is_let_in(harness, context_id)
        harness.end_session(context_id)
        harness.clocks.advance(1.1)

        assert not is_let_in(harness, context_id)

    def test_the_feed_is_read_once_a_second_at_most(self) -> None:
        harness = AuthorizerHarness(follow_feed=True)
        context_id = harness.open_session()

        for _ in range(21):
            assert is_let_in(harness, context_id)
            harness.clocks.advance(0.1)

        assert harness.changes.reads == 3

    def test_a_cursor_that_became_too_old_is_replaced(self) -> None:
        harness = AuthorizerHarness(follow_feed=True)
        context_id = harness.open_session()
        assert is_let_in(harness, context_id)
        harness.end_session(context_id)

        harness.clocks.freeze(2 * 60 * 60)

        assert not is_let_in(harness, context_id)
        other = harness.open_session(customer_id="ann")
        assert is_let_in(harness, other)
        harness.clocks.advance(20)
        assert is_let_in(harness, other)
        assert harness.source.calls.count(other) == 1

    def test_without_the_feed_the_shorter_age_counts(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        harness = AuthorizerHarness(follow_feed=True)
        context_id = harness.open_session()
        assert is_let_in(harness, context_id)
        harness.changes.error = StoreUnavailableError()
        harness.end_session(context_id)

        harness.clocks.advance(5)

        assert not is_let_in(harness, context_id)
        harness.clocks.advance(5)
        assert not is_let_in(harness, context_id)
        assert harness.changes.reads == 2, "a read that failed is not repeated at once"
        harness.changes.error = None
        harness.clocks.advance(5)
        assert not is_let_in(harness, context_id)
        assert [record.getMessage() for record in caplog.records] == [
            "the session change feed cannot be followed: sessions cannot be checked currently",
            "the session change feed is followed again",
        ]


def test_an_old_answer_is_no_way_through_an_outage() -> None:
    harness = AuthorizerHarness()
    context_id = harness.open_session()
    assert is_let_in(harness, context_id)
    harness.source.error = CheckerUnavailableError()

    harness.clocks.freeze(3600)

    with pytest.raises(CheckerUnavailableError):
        is_let_in(harness, context_id)
