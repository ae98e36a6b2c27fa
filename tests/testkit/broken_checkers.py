"""Session checkers with one fault each. test_contract.py says which test must find it."""

from contextlib import suppress
from dataclasses import replace
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
    """Has no fault. Each subclass adds one."""

    def __init__(self, backend: ServiceBackend) -> None:
        self.backend = backend
        self.sound: SessionChecker = backend.container.session_checker()

    def check_session(self, context_id: str | None, **options: Any) -> Session:
        return self.sound.check_session(context_id, **options)


class IgnoresThePair(Sound):
    def check_session(self, context_id: str | None, **options: Any) -> Session:
        options.pop("customer_id", None)
        return super().check_session(context_id, **options)


class IgnoresTheRole(Sound):
    def check_session(self, context_id: str | None, **options: Any) -> Session:
        options.pop("role", None)
        return super().check_session(context_id, **options)


class DropsTheProof(Sound):
    """Builds its answer from the fields it knows."""

    def check_session(self, context_id: str | None, **options: Any) -> Session:
        return replace(super().check_session(context_id, **options), email_verified=False)


class TakesEveryAddressForProven(Sound):
    def check_session(self, context_id: str | None, **options: Any) -> Session:
        return replace(super().check_session(context_id, **options), email_verified=True)


class KeepsTheProofOfTheFirstCheck(Sound):
    def __init__(self, backend: ServiceBackend) -> None:
        super().__init__(backend)
        self.first: dict[str, bool] = {}

    def check_session(self, context_id: str | None, **options: Any) -> Session:
        session = super().check_session(context_id, **options)
        verified = self.first.setdefault(session.session_id, session.email_verified)
        return replace(session, email_verified=verified)


class RefusesWhatItCannotKnow(Sound):
    def check_session(self, context_id: str | None, **options: Any) -> Session:
        try:
            return super().check_session(context_id, **options)
        except CheckerUnavailableError:
            raise SessionRefusedError(RefusalReason.UNKNOWN) from None


class HasOneReason(Sound):
    def check_session(self, context_id: str | None, **options: Any) -> Session:
        try:
            return super().check_session(context_id, **options)
        except SessionRefusedError:
            raise SessionRefusedError(RefusalReason.UNKNOWN) from None


class RaisesErrorsOfItsOwn(Sound):
    def check_session(self, context_id: str | None, **options: Any) -> Session:
        try:
            return super().check_session(context_id, **options)
        except SessionRefusedError:
            raise LookupError from None


class TrimsWhatItGets(Sound):
    def check_session(self, context_id: Any, **options: Any) -> Session:
        trimmed = context_id.strip() if isinstance(context_id, str) else context_id
        return super().check_session(trimmed, **options)


class ShowsWhatItWasAsked(Sound):
    last: object = None

    def __repr__(self) -> str:
        return f"asked for {self.last}"

    def check_session(self, context_id: str | None, **options: Any) -> Session:
        self.last = context_id
        return super().check_session(context_id, **options)


class ShowsItInErrors(Sound):
    def check_session(self, context_id: str | None, **options: Any) -> Session:
        try:
            return super().check_session(context_id, **options)
        except SessionRefusedError as refused:
            raise refused from ValueError(context_id)


class NeverAsksAgain(Sound):
    def __init__(self, backend: ServiceBackend) -> None:
        super().__init__(backend)
        self.sound = LaggingChecker(self.sound, backend.clock, seconds=1_000_000)


class RemembersRefusals(Sound):
    """Keeps refusals by customer instead of by session."""

    def __init__(self, backend: ServiceBackend) -> None:
        super().__init__(backend)
        self.refused: dict[str, SessionRefusedError] = {}

    def check_session(self, context_id: Any, **options: Any) -> Session:
        customer_id = str(context_id)[44:]
        if customer_id in self.refused:
            raise self.refused[customer_id]
        try:
            return super().check_session(context_id, **options)
        except SessionRefusedError as refused:
            if refused.reason is RefusalReason.UNKNOWN:
                self.refused[customer_id] = refused
            raise


class MixesThreadsUp(Sound):
    """Two threads that check at once get the answer of one of them."""

    def __init__(self, backend: ServiceBackend) -> None:
        super().__init__(backend)
        self.together = Barrier(2)
        self.context_id: str | None = None

    def check_session(self, context_id: str | None, **options: Any) -> Session:
        self.context_id = context_id
        if current_thread() is not main_thread():
            # After one timeout the barrier is broken, and no later check waits.
            with suppress(BrokenBarrierError):
                self.together.wait(1)
        return super().check_session(self.context_id, **options)


class LivesAMomentTooLong(Sound):
    def check_session(self, context_id: str | None, **options: Any) -> Session:
        moment = timedelta(microseconds=1)
        self.backend.advance(-moment)
        try:
            return super().check_session(context_id, **options)
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
