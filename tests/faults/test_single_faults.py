"""What one fault, or one that stays, makes of one change: what the caller is told, and what is."""

from collections.abc import Iterator
from typing import Final

import pytest
from support.consistency.call_history import Deed, Journal, Told
from support.consistency.checker import disagreements
from support.consistency.each_change import CHANGES, Change, Zoe
from support.faults.harness import Faulty
from support.faults.scripts import Fault, Sequence

pytestmark = pytest.mark.dynamodb_local

TRANSACTION: Final = "TransactWriteItems"
LOST: Final = [
    fault
    for fault in Fault
    # While nobody can connect, nothing is lost; that has tests of its own.
    if fault not in (Fault.NONE, Fault.REFUSED) and not fault.is_passing
]
PASSING: Final = [fault for fault in Fault if fault.is_passing]
every_change = pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)


class Scene:
    """Zoe, a customer, and the store that misbehaves from now on."""

    def __init__(self, faulty: Faulty) -> None:
        self._faulty = faulty
        self._container = faulty.container()
        self._journal = Journal(faulty.clock, faulty.random_source)
        self._zoe = Zoe(self._container.services(), self._journal)
        self._zoe.prepare()

    def told(self, change: Change, *faults: Fault, last_for_ever: bool = False) -> Deed:
        """What is told of ``change`` when its transaction meets ``faults``."""
        script = Sequence(TRANSACTION, faults, last_for_ever=last_for_ever)
        self._faulty.proxy.script = script
        return change(self._zoe)

    def disagreements(self) -> Iterator[str]:
        contents = self._faulty.contents()
        return disagreements(contents, self._journal.deeds, self._container.password_hasher())


@pytest.fixture
def scene(faulty: Faulty) -> Scene:
    return Scene(faulty)


@every_change
def test_after_a_lost_reply_the_same_token_finds_out(scene: Scene, change: Change) -> None:
    assert scene.told(change, Fault.CUT_AFTER).told is Told.DONE
    assert list(scene.disagreements()) == []


@every_change
def test_replies_that_stay_lost_leave_the_outcome_unknown(scene: Scene, change: Change) -> None:
    deed = scene.told(change, Fault.CUT_AFTER, last_for_ever=True)

    assert deed.told is Told.UNKNOWN
    assert list(scene.disagreements()) == []


@every_change
def test_requests_that_never_arrive_leave_the_outcome_unknown(scene: Scene, change: Change) -> None:
    deed = scene.told(change, Fault.CUT_BEFORE, last_for_ever=True)

    assert deed.told is Told.UNKNOWN
    assert list(scene.disagreements()) == []


@every_change
def test_conflicts_that_stay_leave_all_as_it_was(scene: Scene, change: Change) -> None:
    deed = scene.told(change, Fault.CONFLICT, last_for_ever=True)

    assert (deed.told, deed.refusal) == (Told.NOT_DONE, "StoreUnavailableError")
    assert list(scene.disagreements()) == []


@every_change
def test_a_request_that_the_store_gets_after_the_next_one_changes_nothing_twice(
    scene: Scene, change: Change
) -> None:
    assert scene.told(change, Fault.LATE).told is Told.DONE
    assert list(scene.disagreements()) == []


@pytest.mark.parametrize("fault", [*LOST, *PASSING])
def test_any_fault_that_passes_is_not_noticed(scene: Scene, fault: Fault) -> None:
    deed = scene.told(Zoe.change_email, fault)

    assert deed.told is Told.DONE
    assert list(scene.disagreements()) == []


@pytest.mark.parametrize("fault", [*LOST, *PASSING])
def test_any_fault_that_stays_is_told_as_what_it_is(scene: Scene, fault: Fault) -> None:
    deed = scene.told(Zoe.change_password, fault, last_for_ever=True)

    assert deed.told is (Told.NOT_DONE if fault.is_passing else Told.UNKNOWN)
    assert deed.refusal == "StoreUnavailableError"
    assert list(scene.disagreements()) == []


@pytest.mark.parametrize("fault", LOST)
def test_what_was_lost_once_stays_unknown_whatever_comes_then(scene: Scene, fault: Fault) -> None:
    deed = scene.told(Zoe.delete, fault, Fault.THROTTLED, last_for_ever=True)

    assert deed.told is Told.UNKNOWN
    assert list(scene.disagreements()) == []


def test_a_caller_who_does_not_know_may_add_again_and_learn(scene: Scene) -> None:
    scene.told(Zoe.add, Fault.CUT_AFTER, last_for_ever=True)

    assert scene.told(Zoe.add).refusal == "CustomerExistsError"
    assert list(scene.disagreements()) == []


def test_a_caller_who_does_not_know_may_add_again_and_succeed(scene: Scene) -> None:
    scene.told(Zoe.add, Fault.CUT_BEFORE, last_for_ever=True)

    assert scene.told(Zoe.add).told is Told.DONE
    assert list(scene.disagreements()) == []


def test_a_refusal_that_comes_damaged_is_asked_for_again(scene: Scene) -> None:
    scene.told(Zoe.change_name_of_version)

    deed = scene.told(Zoe.change_name_of_version, Fault.CUT_HALFWAY)

    assert deed.refusal == "VersionConflictError"


def test_a_refusal_that_stays_damaged_tells_nobody_what_is_stored(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    """A failed condition brings the item along, the hash of the password included."""
    scene.told(Zoe.change_name_of_version)

    deed = scene.told(Zoe.change_name_of_version, Fault.CUT_HALFWAY, last_for_ever=True)

    assert deed.told is Told.UNKNOWN
    assert "transact_write_items" in caplog.text
    assert "bcrypt" not in caplog.text
    assert "shop.example" not in caplog.text
