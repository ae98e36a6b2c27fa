"""Session checkers each with one fault, for the contract to find: see test_contract.py."""

from contextlib import suppress
from datetime import timedelta
from threading import Barrier, BrokenBarrierError, current_thread, main_thread
from typing import Any

import pytest
from support.doubles.lagging_checker import LaggingChecker

from cybershop_customer import (
    CheckerUnavailableError,
    RefusalReason,
    Session,
    SessionChecker,
    SessionRefusedError,
)
from cybershop_customer.entrypoints.testkit.service_backend import ServiceBackend
from cybershop_customer.entrypoints.testkit.session_checker_contract import SessionCheckerContract


class Sound(SessionChecker):
    """Has no fault yet."""

    def __init__(self, backend: ServiceBackend) -> None:
        self.backend = backend
        self.sound: SessionChecker = backend.container.session_checker()

    def check_session(self, context_id: str | None, **asked: Any) -> Session:
        return self.sound.check_session(context_id, **asked)


class IgnoresThePair(Sound):
    def check_session(self, context_id: str | None, **asked: Any) -> Session:
        asked.pop("customer_id", None)
        return super().check_session(context_id, **asked)


class IgnoresTheRole(Sound):
    def check_session(self, context_id: str | None, **asked: Any) -> Session:
        asked.pop("role", None)
        return super().check_session(context_id, **asked)


class RefusesWhatItCannotKnow(Sound):
    def check_session(self, context_id: str | None, **asked: Any) -> Session:
        try:
            return super().check_session(context_id, **asked)
        except CheckerUnavailableError:
            raise SessionRefusedError(RefusalReason.UNKNOWN) from None


class HasOneReason(Sound):
    def check_session(self, context_id: str | None, **asked: Any) -> Session:
        try:
            return super().check_session(context_id, **asked)
        except SessionRefusedError:
            raise SessionRefusedError(RefusalReason.UNKNOWN) from None


class RaisesErrorsOfItsOwn(Sound):
    def check_session(self, context_id: str | None, **asked: Any) -> Session:
        try:
            return super().check_session(context_id, **asked)
        except SessionRefusedError:
            raise LookupError from None


class TrimsWhatItGets(Sound):
    def check_session(self, context_id: Any, **asked: Any) -> Session:
        trimmed = context_id.strip() if isinstance(context_id, str) else context_id
        return super().check_session(trimmed, **asked)


class ShowsWhatItWasAsked(Sound):
    last: object = None

    def __repr__(self) -> str:
        return f"asked for {self.last}"

    def check_session(self, context_id: str | None, **asked: Any) -> Session:
        self.last = context_id
        return super().check_session(context_id, **asked)


class ShowsItInErrors(Sound):
    def check_session(self, context_id: str | None, **asked: Any) -> Session:
        try:
            return super().check_session(context_id, **asked)
        except SessionRefusedError as refused:
            raise refused from ValueError(context_id)


class NeverAsksAgain(Sound):
    def __init__(self, backend: ServiceBackend) -> None:
        super().__init__(backend)
        self.sound = LaggingChecker(self.sound, backend.clock, seconds=1_000_000)


class RemembersRefusals(Sound):
    """By customer, where it has to be by session."""

    def __init__(self, backend: ServiceBackend) -> None:
        super().__init__(backend)
        self.refused: dict[str, SessionRefusedError] = {}

    def check_session(self, context_id: Any, **asked: Any) -> Session:
        customer_id = str(context_id)[44:]
        if customer_id in self.refused:
            raise self.refused[customer_id]
        try:
            return super().check_session(context_id, **asked)
        except SessionRefusedError as refused:
            if refused.reason is RefusalReason.UNKNOWN:
                self.refused[customer_id] = refused
            raise


class MixesThreadsUp(Sound):
    """Two that ask at once get the answer of one of them."""

    def __init__(self, backend: ServiceBackend) -> None:
        super().__init__(backend)
        self.together = Barrier(2)
        self.context_id: str | None = None

    def check_session(self, context_id: str | None, **asked: Any) -> Session:
        self.context_id = context_id
        if current_thread() is not main_thread():
            # Once one waits in vain, the barrier is broken and nobody waits any more.
            with suppress(BrokenBarrierError):
                self.together.wait(1)
        return super().check_session(self.context_id, **asked)


class LivesAMomentTooLong(Sound):
    def check_session(self, context_id: str | None, **asked: Any) -> Session:
        moment = timedelta(microseconds=1)
        self.backend.advance(-moment)
        try:
            return super().check_session(context_id, **asked)
        finally:
            self.backend.advance(moment)


def contract_of(kind: type[Sound]) -> type[SessionCheckerContract]:
    class Contract(SessionCheckerContract):
        @pytest.fixture
        def checker(self, backend: ServiceBackend) -> SessionChecker:
            return kind(backend)

    return Contract


for _kind in (Sound, *Sound.__subclasses__()):
    globals()[f"Test{_kind.__name__}"] = contract_of(_kind)


class TestLagsMoreThanItSays(SessionCheckerContract):
    staleness = 4

    @pytest.fixture
    def checker(self, backend: ServiceBackend) -> SessionChecker:
        return LaggingChecker(backend.container.session_checker(), backend.clock, seconds=5)


class TestHasNoChecker(SessionCheckerContract):
    pass
