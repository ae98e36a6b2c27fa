"""Sessions that end before their time."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from ....domain.errors import CheckerUnavailableError, RefusalReason, SessionRefusedError
from ....ports.session_checker import SessionChecker
from ..session_desk import SessionDesk
from .base import ContractBase, refusal

End = Callable[[SessionDesk, str], None]


def _log_out(desk: SessionDesk, context_id: str) -> None:
    desk.end_session(context_id)


def _end_all(desk: SessionDesk, _context_id: str) -> None:
    desk.end_sessions("ann")


def _make_room(desk: SessionDesk, _context_id: str) -> None:
    desk.advance(timedelta(seconds=1))
    for _ in range(desk.policy.max_sessions):
        desk.open_session("ann")


def _delete(desk: SessionDesk, _context_id: str) -> None:
    desk.delete_customer("ann")


ENDINGS = [
    pytest.param(_log_out, RefusalReason.REVOKED, id="logout"),
    pytest.param(_end_all, RefusalReason.REVOKED, id="end of all sessions"),
    pytest.param(_make_room, RefusalReason.REVOKED, id="room for another"),
    pytest.param(_delete, RefusalReason.UNKNOWN, id="deletion"),
]


class EndingsContract(ContractBase):
    """An ending is seen within the staleness, and never forgotten again."""

    @pytest.mark.parametrize("seen_before", [False, True])
    @pytest.mark.parametrize(("end", "reason"), ENDINGS)
    def test_every_ending_is_seen_in_time_and_named(
        self,
        checker: SessionChecker,
        desk: SessionDesk,
        end: End,
        reason: RefusalReason,
        seen_before: bool,
    ) -> None:
        context_id = desk.open_session("ann", ["admin"]).context_id
        if seen_before:
            checker.check_session(context_id)

        end(desk, context_id)
        self.settle(desk)

        assert refusal(checker, context_id) is reason
        assert refusal(checker, context_id, customer_id="ann", role="admin") is reason

    @pytest.mark.parametrize(("end", "reason"), ENDINGS)
    def test_what_has_ended_never_comes_back(
        self, checker: SessionChecker, desk: SessionDesk, end: End, reason: RefusalReason
    ) -> None:
        context_id = desk.open_session("ann").context_id
        checker.check_session(context_id)
        end(desk, context_id)
        self.settle(desk)

        for _ in range(3):
            assert refusal(checker, context_id) is reason
            desk.advance(timedelta(seconds=max(1, self.staleness)))
        desk.take_away()
        with pytest.raises((SessionRefusedError, CheckerUnavailableError)):
            checker.check_session(context_id)

    def test_a_logout_ends_no_other_session(
        self, checker: SessionChecker, desk: SessionDesk
    ) -> None:
        ended, kept, of_bob = (desk.open_session(name) for name in ("ann", "ann", "bob"))
        desk.end_session(ended.context_id)
        self.settle(desk)

        assert checker.check_session(kept.context_id) == kept.session
        assert checker.check_session(of_bob.context_id) == of_bob.session

    @pytest.mark.parametrize("end", [_end_all, _delete], ids=["end of all sessions", "deletion"])
    def test_the_end_of_all_is_of_all_of_one_customer(
        self, checker: SessionChecker, desk: SessionDesk, end: End
    ) -> None:
        ended = [desk.open_session("ann").context_id for _ in range(3)]
        kept = desk.open_session("bob")
        for context_id in ended:
            checker.check_session(context_id)
        end(desk, "")
        self.settle(desk)

        for context_id in ended:
            refusal(checker, context_id)
        assert checker.check_session(kept.context_id) == kept.session

    def test_who_logs_in_again_after_the_end_of_all_is_known_at_once(
        self, checker: SessionChecker, desk: SessionDesk
    ) -> None:
        checker.check_session(desk.open_session("ann").context_id)
        desk.end_sessions("ann")
        again = desk.open_session("ann")

        assert checker.check_session(again.context_id) == again.session

    def test_a_customer_added_under_the_id_of_a_deleted_one_inherits_nothing(
        self, checker: SessionChecker, desk: SessionDesk
    ) -> None:
        old = desk.open_session("ann", ["admin"])
        checker.check_session(old.context_id)
        desk.delete_customer("ann")
        new = desk.open_session("ann")

        assert checker.check_session(new.context_id).roles == frozenset()
        self.settle(desk)
        assert refusal(checker, old.context_id) is RefusalReason.UNKNOWN
        assert checker.check_session(new.context_id) == new.session
