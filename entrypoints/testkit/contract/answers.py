"""The answer about a live session, until the session expires."""

from datetime import UTC, timedelta

import pytest

from ....domain.errors import RefusalReason
from ....domain.session import Session
from ....ports.session_checker import SessionChecker
from ..session_backend import SessionBackend
from .base import MOMENT, ContractBase, refusal


class AnswersContract(ContractBase):
    """Live sessions and their expiry."""

    def test_the_answer_is_the_session_of_the_login(
        self, checker: SessionChecker, backend: SessionBackend
    ) -> None:
        login = backend.open_session("ann", ["admin", "packer"])

        answer = checker.check_session(login.context_id)

        assert answer == login.session
        assert type(answer) is Session
        assert answer.roles == frozenset({"admin", "packer"})
        assert (answer.issued_at.tzinfo, answer.expires_at.tzinfo) == (UTC, UTC)

    def test_a_second_check_has_the_same_answer(
        self, checker: SessionChecker, backend: SessionBackend
    ) -> None:
        login = backend.open_session("ann")

        answers = [checker.check_session(login.context_id) for _ in range(3)]

        assert answers == [login.session] * 3

    @pytest.mark.parametrize("customer_id", ["a", "Z.-_~9", "x" * 128])
    def test_every_valid_customer_id_is_accepted(
        self, checker: SessionChecker, backend: SessionBackend, customer_id: str
    ) -> None:
        login = backend.open_session(customer_id)

        assert checker.check_session(login.context_id, customer_id=customer_id) == login.session

    def test_each_session_of_a_customer_has_its_own_answer(
        self, checker: SessionChecker, backend: SessionBackend
    ) -> None:
        first = backend.open_session("ann")
        backend.advance(timedelta(seconds=1))
        second = backend.open_session("ann")

        assert checker.check_session(first.context_id) == first.session
        assert checker.check_session(second.context_id) == second.session

    def test_a_new_session_is_live_at_once_after_a_refusal_of_the_same_customer(
        self, checker: SessionChecker, backend: SessionBackend
    ) -> None:
        ended = backend.open_session("ann")
        backend.end_session(ended.context_id)
        self.settle(backend)
        refusal(checker, ended.context_id)

        new = backend.open_session("ann")

        assert checker.check_session(new.context_id) == new.session

    def test_a_session_is_live_up_to_its_last_moment(
        self, checker: SessionChecker, backend: SessionBackend
    ) -> None:
        login = backend.open_session("ann")
        backend.advance(login.session.expires_at - backend.now() - MOMENT)

        answer = checker.check_session(login.context_id)

        assert answer.expires_at >= login.session.expires_at

    @pytest.mark.parametrize("checked_before", [False, True])
    def test_an_unused_session_expires_exactly_at_its_expiry(
        self, checker: SessionChecker, backend: SessionBackend, checked_before: bool
    ) -> None:
        login = backend.open_session("ann")
        session = checker.check_session(login.context_id) if checked_before else login.session

        backend.advance(session.expires_at - backend.now())

        assert refusal(checker, login.context_id) is RefusalReason.EXPIRED

    def test_a_session_from_the_future_is_refused(
        self, checker: SessionChecker, backend: SessionBackend
    ) -> None:
        # The clock of the login was a day ahead.
        backend.advance(timedelta(days=1))
        login = backend.open_session("ann")
        backend.advance(timedelta(days=-1))

        assert refusal(checker, login.context_id) is RefusalReason.UNKNOWN

    def test_a_session_that_is_used_elsewhere_stays_live(
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

    def test_a_session_in_constant_use_ends_at_its_maximum_lifetime(
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
