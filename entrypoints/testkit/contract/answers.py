"""Whose session it is: what the login told, until the session expires."""

from datetime import UTC, timedelta

import pytest

from ....domain.errors import RefusalReason
from ....domain.session import Session
from ....ports.session_checker import SessionChecker
from ..session_backend import SessionBackend
from .base import MOMENT, ContractBase, refusal


class AnswersContract(ContractBase):
    """Live sessions, and those whose time is over."""

    def test_the_answer_is_what_the_login_told(
        self, checker: SessionChecker, backend: SessionBackend
    ) -> None:
        login = backend.open_session("ann", ["admin", "packer"])

        answer = checker.check_session(login.context_id)

        assert answer == login.session
        assert type(answer) is Session
        assert answer.roles == frozenset({"admin", "packer"})
        assert (answer.issued_at.tzinfo, answer.expires_at.tzinfo) == (UTC, UTC)

    def test_asked_again_it_answers_again(
        self, checker: SessionChecker, backend: SessionBackend
    ) -> None:
        login = backend.open_session("ann")

        answers = [checker.check_session(login.context_id) for _ in range(3)]

        assert answers == [login.session] * 3

    @pytest.mark.parametrize("customer_id", ["a", "Z.-_~9", "x" * 128])
    def test_every_customer_id_that_the_service_knows_is_known(
        self, checker: SessionChecker, backend: SessionBackend, customer_id: str
    ) -> None:
        login = backend.open_session(customer_id)

        assert checker.check_session(login.context_id, customer_id=customer_id) == login.session

    def test_the_sessions_of_one_customer_are_told_apart(
        self, checker: SessionChecker, backend: SessionBackend
    ) -> None:
        first = backend.open_session("ann")
        backend.advance(timedelta(seconds=1))
        second = backend.open_session("ann")

        assert checker.check_session(first.context_id) == first.session
        assert checker.check_session(second.context_id) == second.session

    def test_a_new_session_is_known_at_once_after_one_of_the_same_customer_was_refused(
        self, checker: SessionChecker, backend: SessionBackend
    ) -> None:
        gone = backend.open_session("ann")
        backend.end_session(gone.context_id)
        self.settle(backend)
        refusal(checker, gone.context_id)

        new = backend.open_session("ann")

        assert checker.check_session(new.context_id) == new.session

    def test_it_is_live_to_the_last_moment(
        self, checker: SessionChecker, backend: SessionBackend
    ) -> None:
        login = backend.open_session("ann")
        backend.advance(login.session.expires_at - backend.now() - MOMENT)

        answer = checker.check_session(login.context_id)

        assert answer.expires_at >= login.session.expires_at

    @pytest.mark.parametrize("seen_before", [False, True])
    def test_what_is_not_used_expires_at_the_very_moment_that_was_told(
        self, checker: SessionChecker, backend: SessionBackend, seen_before: bool
    ) -> None:
        login = backend.open_session("ann")
        told = checker.check_session(login.context_id) if seen_before else login.session

        backend.advance(told.expires_at - backend.now())

        assert refusal(checker, login.context_id) is RefusalReason.EXPIRED

    def test_what_was_opened_while_the_clock_was_a_day_ahead_is_refused(
        self, checker: SessionChecker, backend: SessionBackend
    ) -> None:
        backend.advance(timedelta(days=1))
        login = backend.open_session("ann")
        backend.advance(timedelta(days=-1))

        assert refusal(checker, login.context_id) is RefusalReason.UNKNOWN

    def test_what_is_used_elsewhere_stays_live(
        self, checker: SessionChecker, backend: SessionBackend
    ) -> None:
        login = backend.open_session("ann")
        checker.check_session(login.context_id)
        half = backend.policy.idle / 2
        backend.advance(half)
        used = backend.use_session(login.context_id)

        backend.advance(half)

        answer = checker.check_session(login.context_id)
        assert answer.expires_at >= used.expires_at > backend.now()
        assert answer.issued_at == login.session.issued_at

    def test_however_much_it_is_used_it_expires_with_its_longest_life(
        self, checker: SessionChecker, backend: SessionBackend
    ) -> None:
        login = backend.open_session("ann")
        end = login.session.issued_at + backend.policy.max_lifetime
        while backend.use_session(login.context_id).expires_at < end:
            assert backend.now() < end
            backend.advance(backend.policy.idle / 2)
        backend.advance(end - backend.now() - MOMENT)
        assert checker.check_session(login.context_id).expires_at == end

        backend.advance(MOMENT)

        assert refusal(checker, login.context_id) is RefusalReason.EXPIRED
