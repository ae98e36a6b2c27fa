"""What one fault, or one that stays, makes of one change: what the caller is told, and what is."""

from collections.abc import Iterator
from typing import Final

import pytest
from support.consistency.call_history import CallHistory, ObservedCall, Outcome
from support.consistency.checker import find_inconsistencies
from support.consistency.each_change import CHANGES, Change, ChangesToZoe
from support.faults.harness import FaultyStore
from support.faults.scripts import Fault, FaultSequence

pytestmark = pytest.mark.dynamodb_local

TRANSACTION: Final = "TransactWriteItems"
LOST: Final = [
    fault
    for fault in Fault
    # While nobody can connect, nothing is lost; that has tests of its own.
    if fault not in (Fault.NONE, Fault.REFUSED) and not fault.reports_no_change
]
PASSING: Final = [fault for fault in Fault if fault.reports_no_change]
every_change = pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)


class Scene:
    """Zoe, a customer, and the store that misbehaves from now on."""

    def __init__(self, faulty: FaultyStore) -> None:
        self._faulty = faulty
        self._container = faulty.container()
        self._history = CallHistory(faulty.clock, faulty.random_source)
        self._zoe = ChangesToZoe(self._container.services(), self._history)
        self._zoe.prepare()

    def observe(self, change: Change, *faults: Fault, last_for_ever: bool = False) -> ObservedCall:
        """What is told of ``change`` when its transaction meets ``faults``."""
        script = FaultSequence(TRANSACTION, faults, last_for_ever=last_for_ever)
        self._faulty.proxy.script = script
        return change(self._zoe)

    def find_inconsistencies(self) -> Iterator[str]:
        snapshot = self._faulty.snapshot()
        return find_inconsistencies(
            snapshot, self._history.calls, self._container.password_hasher()
        )


@pytest.fixture
def scene(faulty: FaultyStore) -> Scene:
    return Scene(faulty)


@every_change
def test_after_a_lost_reply_the_same_token_finds_out(scene: Scene, change: Change) -> None:
    assert scene.observe(change, Fault.CUT_AFTER).outcome is Outcome.DONE
    assert list(scene.find_inconsistencies()) == []


@every_change
def test_replies_that_stay_lost_leave_the_outcome_unknown(scene: Scene, change: Change) -> None:
    call = scene.observe(change, Fault.CUT_AFTER, last_for_ever=True)

    assert call.outcome is Outcome.UNKNOWN
    assert list(scene.find_inconsistencies()) == []


@every_change
def test_requests_that_never_arrive_leave_the_outcome_unknown(scene: Scene, change: Change) -> None:
    call = scene.observe(change, Fault.CUT_BEFORE, last_for_ever=True)

    assert call.outcome is Outcome.UNKNOWN
    assert list(scene.find_inconsistencies()) == []


@every_change
def test_conflicts_that_stay_leave_all_as_it_was(scene: Scene, change: Change) -> None:
    call = scene.observe(change, Fault.CONFLICT, last_for_ever=True)

    assert (call.outcome, call.refusal) == (Outcome.NOT_DONE, "StoreUnavailableError")
    assert list(scene.find_inconsistencies()) == []


@every_change
def test_a_request_that_the_store_gets_after_the_next_one_changes_nothing_twice(
    scene: Scene, change: Change
) -> None:
    assert scene.observe(change, Fault.LATE).outcome is Outcome.DONE
    assert list(scene.find_inconsistencies()) == []


@pytest.mark.parametrize("fault", [*LOST, *PASSING])
def test_any_fault_that_passes_is_not_noticed(scene: Scene, fault: Fault) -> None:
    call = scene.observe(ChangesToZoe.change_email, fault)

    assert call.outcome is Outcome.DONE
    assert list(scene.find_inconsistencies()) == []


@pytest.mark.parametrize("fault", [*LOST, *PASSING])
def test_any_fault_that_stays_is_told_as_what_it_is(scene: Scene, fault: Fault) -> None:
    call = scene.observe(ChangesToZoe.change_password, fault, last_for_ever=True)

    assert call.outcome is (Outcome.NOT_DONE if fault.reports_no_change else Outcome.UNKNOWN)
    assert call.refusal == "StoreUnavailableError"
    assert list(scene.find_inconsistencies()) == []


@pytest.mark.parametrize("fault", LOST)
def test_what_was_lost_once_stays_unknown_whatever_comes_then(scene: Scene, fault: Fault) -> None:
    call = scene.observe(ChangesToZoe.delete, fault, Fault.THROTTLED, last_for_ever=True)

    assert call.outcome is Outcome.UNKNOWN
    assert list(scene.find_inconsistencies()) == []


def test_a_caller_who_does_not_know_may_add_again_and_learn(scene: Scene) -> None:
    scene.observe(ChangesToZoe.add, Fault.CUT_AFTER, last_for_ever=True)

    assert scene.observe(ChangesToZoe.add).refusal == "CustomerExistsError"
    assert list(scene.find_inconsistencies()) == []


def test_a_caller_who_does_not_know_may_add_again_and_succeed(scene: Scene) -> None:
    scene.observe(ChangesToZoe.add, Fault.CUT_BEFORE, last_for_ever=True)

    assert scene.observe(ChangesToZoe.add).outcome is Outcome.DONE
    assert list(scene.find_inconsistencies()) == []


def test_a_refusal_that_comes_damaged_is_asked_for_again(scene: Scene) -> None:
    scene.observe(ChangesToZoe.change_name_of_version)

    call = scene.observe(ChangesToZoe.change_name_of_version, Fault.CUT_HALFWAY)

    assert call.refusal == "VersionConflictError"


def test_a_refusal_that_stays_damaged_tells_nobody_what_is_stored(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    """A failed condition brings the item along, the hash of the password included."""
    scene.observe(ChangesToZoe.change_name_of_version)

    call = scene.observe(ChangesToZoe.change_name_of_version, Fault.CUT_HALFWAY, last_for_ever=True)

    assert call.outcome is Outcome.UNKNOWN
    assert "transact_write_items" in caplog.text
    assert "bcrypt" not in caplog.text
    assert "shop.example" not in caplog.text
