"""Whether the customer of a session has proven the e-mail address."""

import pytest

from ....ports.session_checker import SessionChecker
from ..session_backend import SessionBackend
from .base import ContractBase


class VerificationContract(ContractBase):
    """The answer says what holds now, not what held at the login."""

    def test_the_address_of_a_new_customer_is_not_proven(
        self, checker: SessionChecker, backend: SessionBackend
    ) -> None:
        login = backend.open_session("ann")

        assert checker.check_session(login.context_id).email_verified is False

    def test_the_answer_says_that_the_address_is_proven(
        self, checker: SessionChecker, backend: SessionBackend
    ) -> None:
        context_id = backend.open_session("ann").context_id
        backend.set_email_verified("ann", email_verified=True)

        answer = checker.check_session(context_id, customer_id="ann")

        assert answer.email_verified is True

    @pytest.mark.parametrize("verified", [True, False])
    def test_a_change_of_a_cached_answer_is_known_in_time(
        self, checker: SessionChecker, backend: SessionBackend, verified: bool
    ) -> None:
        logins = [backend.open_session(name) for name in ("ann", "ann", "bob")]
        for name in ("ann", "bob"):
            backend.set_email_verified(name, email_verified=not verified)
        before = [checker.check_session(login.context_id) for login in logins]
        assert [answer.email_verified for answer in before] == [not verified] * 3

        backend.set_email_verified("ann", email_verified=verified)
        self.settle(backend)

        after = [checker.check_session(login.context_id) for login in logins]
        assert [answer.email_verified for answer in after] == [verified, verified, not verified]
