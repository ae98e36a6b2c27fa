"""The method ``cached`` of the cache for threads, for event loops."""

import pytest
from support.services.cache_harness import CacheHarness

from cybershop_customer import ForbiddenError, SessionRefusedError


class TestCached:
    """The method ``cached``, for event loops."""

    def test_an_empty_cache_returns_none_and_asks_no_source(self) -> None:
        harness = CacheHarness()
        context_id = harness.log_in()

        assert harness.checker.cached(context_id) is None
        assert harness.source.calls == []

    def test_a_cached_answer_is_that_of_a_check(self) -> None:
        harness = CacheHarness()
        context_id = harness.log_in()
        session = harness.checker.check_session(context_id)

        assert harness.checker.cached(context_id, customer_id="ann") == session
        with pytest.raises(ForbiddenError):
            harness.checker.cached(context_id, role="admin")
        with pytest.raises(SessionRefusedError):
            harness.checker.cached(context_id, customer_id="bob")
        with pytest.raises(SessionRefusedError):
            harness.checker.cached(None)
        harness.advance(5)
        assert harness.checker.cached(context_id) is None
