"""Sessions that end early."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from ....domain.errors import CheckerUnavailableError, RefusalReason, SessionRefusedError
from ....ports.session_checker import SessionChecker
from ..session_backend import SessionBackend
from .base import ContractBase, refusal

End = Callable[[SessionBackend, str], None]


def _log_out(backend: SessionBackend, context_id: str) -> None:
    backend.end_session(context_id)


def _end_all(backend: SessionBackend, _context_id: str) -> None:
    backend.end_sessions("ann")


def _evict(backend: SessionBackend, _context_id: str) -> None:
    backend.advance(timedelta(seconds=1))
    for _ in range(backend.policy.max_sessions):
        backend.open_session("ann")


def _delete(backend: SessionBackend, _context_id: str) -> None:
    backend.delete_customer("ann")


ENDINGS = [
    pytest.param(_log_out, RefusalReason.REVOKED, id="logout"),
    pytest.param(_end_all, RefusalReason.REVOKED, id="end of all sessions"),
    pytest.param(_evict, RefusalReason.REVOKED, id="eviction"),
    pytest.param(_delete, RefusalReason.UNKNOWN, id="deletion"),
]


class EndingsContract(ContractBase):
    """The checker knows of an end within its staleness, and stays with that answer."""

    @pytest.mark.parametrize("checked_before", [False, True])
    @pytest.mark.parametrize(("end", "reason"), ENDINGS)
    def test_every_end_is_known_in_time_with_its_reason(
        self,
        checker: SessionChecker,
        backend: SessionBackend,
        end: End,
        reason: RefusalReason,
        checked_before: bool,
    ) -> None:
        context_id = backend.open_session("ann", ["admin"]).context_id
        if checked_before:
            checker.check_session(context_id)

        end(backend, context_id)
        self.settle(backend)

        assert refusal(checker, context_id) is reason
        assert refusal(checker, context_id, customer_id="ann", role="admin") is reason

    @pytest.mark.parametrize(("end", "reason"), ENDINGS)
    def test_an_ended_session_never_becomes_live_again(
        self, checker: SessionChecker, backend: SessionBackend, end: End, reason: RefusalReason
    ) -> None:
        context_id = backend.open_session("ann").context_id
        checker.check_session(context_id)
        end(backend, context_id)
        self.settle(backend)

        for _ in range(3):
            assert refusal(checker, context_id) is reason
            backend.advance(timedelta(seconds=max(1, self.staleness)))
        backend.start_outage()
        with pytest.raises((SessionRefusedError, CheckerUnavailableError)):
            checker.check_session(context_id)

    def test_a_logout_ends_no_other_session(
        self, checker: SessionChecker, backend: SessionBackend
    ) -> None:
        ended, kept, of_bob = (backend.open_session(name) for name in ("ann", "ann", "bob"))
        backend.end_session(ended.context_id)
        self.settle(backend)

        assert checker.check_session(kept.context_id) == kept.session
        assert checker.check_session(of_bob.context_id) == of_bob.session

    @pytest.mark.parametrize("end", [_end_all, _delete], ids=["end of all sessions", "deletion"])
    def test_the_end_of_all_sessions_affects_one_customer_only(
        self, checker: SessionChecker, backend: SessionBackend, end: End
    ) -> None:
        ended = [backend.open_session("ann").context_id for _ in range(3)]
        kept = backend.open_session("bob")
        for context_id in ended:
            checker.check_session(context_id)
        end(backend, "")
        self.settle(backend)

        for context_id in ended:
            refusal(checker, context_id)
        assert checker.check_session(kept.context_id) == kept.session

    def test_a_login_after_the_end_of_all_sessions_is_live_at_once(
        self, checker: SessionChecker, backend: SessionBackend
    ) -> None:
        checker.check_session(backend.open_session("ann").context_id)
        backend.end_sessions("ann")
        again = backend.open_session("ann")

        assert checker.check_session(again.context_id) == again.session

    def test_a_customer_added_under_the_id_of_a_deleted_one_inherits_nothing(
        self, checker: SessionChecker, backend: SessionBackend
    ) -> None:
        old = backend.open_session("ann", ["admin"])
        checker.check_session(old.context_id)
        backend.delete_customer("ann")
        new = backend.open_session("ann")

        assert checker.check_session(new.context_id).roles == frozenset()
        self.settle(backend)
        assert refusal(checker, old.context_id) is RefusalReason.UNKNOWN
        assert checker.check_session(new.context_id) == new.session
