"""When the source of all answers is away."""

from datetime import timedelta

import pytest

from ....domain.errors import CheckerUnavailableError, RefusalReason
from ....ports.session_checker import SessionChecker
from ..session_backend import SessionBackend
from .base import NEVER_ISSUED, ContractBase, refusal


class OutagesContract(ContractBase):
    """Not to know is another answer than no."""

    def test_what_cannot_be_known_is_not_refused(
        self, checker: SessionChecker, backend: SessionBackend
    ) -> None:
        context_id = backend.open_session("ann", ["admin"]).context_id
        backend.start_outage()

        for asked in (context_id, NEVER_ISSUED):
            with pytest.raises(CheckerUnavailableError) as away:
                checker.check_session(asked, role="admin")
            assert type(away.value.retry_after) is int
            assert away.value.retry_after > 0

    def test_a_session_seen_before_is_known_or_not_but_never_refused(
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

    def test_what_can_be_told_without_asking_is_told(
        self, checker: SessionChecker, backend: SessionBackend
    ) -> None:
        context_id = backend.open_session("ann").context_id
        backend.start_outage()

        assert refusal(checker, None) is RefusalReason.MISSING
        assert refusal(checker, "x") is RefusalReason.MALFORMED
        assert refusal(checker, context_id, customer_id="bob") is RefusalReason.UNKNOWN

    def test_it_recovers_by_itself_by_the_time_it_names(
        self, checker: SessionChecker, backend: SessionBackend
    ) -> None:
        login = backend.open_session("ann")
        backend.start_outage()
        with pytest.raises(CheckerUnavailableError) as away:
            checker.check_session(login.context_id)

        backend.end_outage()
        backend.advance(timedelta(seconds=away.value.retry_after))

        assert checker.check_session(login.context_id) == login.session
        assert refusal(checker, NEVER_ISSUED) is RefusalReason.UNKNOWN

    def test_what_ended_during_an_outage_is_seen_after_it(
        self, checker: SessionChecker, backend: SessionBackend
    ) -> None:
        seen, unseen = backend.open_session("ann"), backend.open_session("ann")
        checker.check_session(seen.context_id)
        backend.start_outage()
        with pytest.raises(CheckerUnavailableError) as away:
            checker.check_session(unseen.context_id)
        backend.end_outage()
        backend.end_sessions("ann")
        backend.advance(timedelta(seconds=away.value.retry_after))
        self.settle(backend)

        assert refusal(checker, seen.context_id) is RefusalReason.REVOKED
        assert refusal(checker, unseen.context_id) is RefusalReason.REVOKED
