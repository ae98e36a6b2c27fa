"""Checks during an outage of the source."""

from datetime import timedelta

import pytest

from ....domain.errors import CheckerUnavailableError, RefusalReason
from ....ports.session_checker import SessionChecker
from ..session_backend import SessionBackend
from .base import NEVER_ISSUED, ContractBase, refusal


class OutagesContract(ContractBase):
    """A checker that cannot know the answer says so, and refuses no session."""

    def test_an_outage_makes_the_checker_unavailable(
        self, checker: SessionChecker, backend: SessionBackend
    ) -> None:
        context_id = backend.open_session("ann", ["admin"]).context_id
        backend.start_outage()

        for presented in (context_id, NEVER_ISSUED):
            with pytest.raises(CheckerUnavailableError) as caught:
                checker.check_session(presented, role="admin")
            assert type(caught.value.retry_after) is int
            assert caught.value.retry_after > 0

    def test_a_session_checked_before_is_live_or_unavailable_but_never_refused(
        self, checker: SessionChecker, backend: SessionBackend
    ) -> None:
        login = backend.open_session("ann")
        checker.check_session(login.context_id)
        backend.start_outage()

        try:
            answer = checker.check_session(login.context_id)
        except CheckerUnavailableError:
            return
        assert answer == login.session

    def test_a_refusal_that_needs_no_source_is_given(
        self, checker: SessionChecker, backend: SessionBackend
    ) -> None:
        context_id = backend.open_session("ann").context_id
        backend.start_outage()

        assert refusal(checker, None) is RefusalReason.MISSING
        assert refusal(checker, "x") is RefusalReason.MALFORMED
        assert refusal(checker, context_id, customer_id="bob") is RefusalReason.UNKNOWN

    def test_it_recovers_by_itself_after_retry_after(
        self, checker: SessionChecker, backend: SessionBackend
    ) -> None:
        login = backend.open_session("ann")
        backend.start_outage()
        with pytest.raises(CheckerUnavailableError) as caught:
            checker.check_session(login.context_id)

        backend.end_outage()
        backend.advance(timedelta(seconds=caught.value.retry_after))

        assert checker.check_session(login.context_id) == login.session
        assert refusal(checker, NEVER_ISSUED) is RefusalReason.UNKNOWN

    def test_an_end_during_an_outage_is_known_after_it(
        self, checker: SessionChecker, backend: SessionBackend
    ) -> None:
        checked, unchecked = backend.open_session("ann"), backend.open_session("ann")
        checker.check_session(checked.context_id)
        backend.start_outage()
        with pytest.raises(CheckerUnavailableError) as caught:
            checker.check_session(unchecked.context_id)
        backend.end_outage()
        backend.end_sessions("ann")
        backend.advance(timedelta(seconds=caught.value.retry_after))
        self.settle(backend)

        assert refusal(checker, checked.context_id) is RefusalReason.REVOKED
        assert refusal(checker, unchecked.context_id) is RefusalReason.REVOKED
