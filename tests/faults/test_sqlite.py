"""The disk and other programs disturb a file of SQLite: what callers are told, and what is."""

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import chain, repeat
from pathlib import Path
from random import Random
from threading import Lock
from time import monotonic
from typing import Final

import pytest
from support.builders.values import a_charge, a_customer, a_record, an_attempt, an_update
from support.consistency.call_history import ObservedCall, Outcome
from support.consistency.each_change import CHANGES, Change, ChangesToZoe
from support.consistency.load import Population, Worker
from support.sqlite.faults import AT_COMMIT, Fault
from support.sqlite.harness import BUSY_SECONDS, FaultyStore

from cybershop_customer import (
    AuditRecord,
    Storage,
    StoreFaultError,
    StoreUnavailableError,
)
from cybershop_customer.adapters.sqlite import database
from cybershop_customer.adapters.sqlite.database import Database
from cybershop_customer.adapters.sqlite.storage import sqlite_storage
from cybershop_customer.entrypoints.testkit.clock import START

SEED: Final = 20000229
THREADS: Final = 4
OPERATIONS: Final = 250
"""Of each thread."""
MIX: Final = {
    Fault.NONE: 60,
    Fault.GROWS_NO_MORE: 6,
    Fault.WRITE_ERROR: 3,
    Fault.TORN: 3,
    Fault.REPLY_LOST: 6,
    Fault.READ_ONLY: 3,
}
MARGIN: Final = 2.0
"""Seconds for a thread to get its turn on a machine that has other things to do."""
OUTCOMES: Final = {
    Fault.FULL: (Outcome.NOT_DONE, "StoreUnavailableError"),
    Fault.READ_ONLY: (Outcome.UNKNOWN, "StoreFaultError"),
}
EVERY_FAULT: Final = [*AT_COMMIT, Fault.READ_ONLY]
every_change = pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
every_fault = pytest.mark.parametrize("fault", EVERY_FAULT, ids=lambda fault: fault.name)

ZOE: Final = a_customer(customer_id="zoe")
WRITES: Final[dict[str, Callable[[Storage], object]]] = {
    "add": lambda storage: storage.customers.add(a_customer(), a_record("zara")),
    "update": lambda storage: storage.customers.update(an_update(ZOE), a_record("zoe")),
    "append": lambda storage: storage.audit_log.append(a_record("zoe")),
    "charge": lambda storage: storage.login_throttle.charge(an_attempt()),
    "refund": lambda storage: storage.login_throttle.refund(a_charge(), START),
    "reset": lambda storage: storage.login_throttle.reset(["a key"], a_record("zoe")),
}
READS: Final[dict[str, Callable[[Storage], object]]] = {
    "get": lambda storage: storage.customers.get("zoe", now=START),
    "find by email": lambda storage: storage.customers.find_id_by_email("zoe@shop.example"),
    "find session": lambda storage: storage.sessions.find("zoe", "a session"),
    "get with sessions": lambda storage: storage.sessions.get_with_sessions("zoe", now=START),
    "read feed": lambda storage: storage.session_changes.read(after="", limit=10),
    "probe": lambda storage: storage.probe.probe(),
}


@pytest.fixture
def faulty(tmp_path: Path) -> Iterator[FaultyStore]:
    store = FaultyStore(tmp_path)
    yield store
    store.storage.close()


@pytest.fixture
def zoe(faulty: FaultyStore) -> ChangesToZoe:
    """Zoe, a customer with a session."""
    zoe = ChangesToZoe(faulty.container().services(), faulty.history)
    zoe.prepare()
    return zoe


def expected(fault: Fault) -> tuple[Outcome, str]:
    return OUTCOMES.get(fault, (Outcome.UNKNOWN, "StoreUnavailableError"))


def told(call: ObservedCall) -> tuple[Outcome, str | None]:
    return call.outcome, call.refusal


@every_change
@every_fault
def test_a_fault_that_stays_is_told_as_what_it_is(
    faulty: FaultyStore, zoe: ChangesToZoe, change: Change, fault: Fault
) -> None:
    faulty.script.choose = lambda: fault

    assert told(change(zoe)) == expected(fault)

    assert faulty.script.injected[fault] == 1
    assert faulty.what_is_wrong() == []


@every_fault
def test_after_a_fault_the_next_change_succeeds(
    faulty: FaultyStore, zoe: ChangesToZoe, fault: Fault
) -> None:
    faults = chain([fault], repeat(Fault.NONE))
    faulty.script.choose = lambda: next(faults)

    zoe.change_name()

    assert zoe.change_email().outcome is Outcome.DONE
    assert faulty.what_is_wrong() == []


def test_a_caller_who_does_not_know_may_add_again_and_learn(
    faulty: FaultyStore, zoe: ChangesToZoe
) -> None:
    faults = chain([Fault.REPLY_LOST], repeat(Fault.NONE))
    faulty.script.choose = lambda: next(faults)
    assert zoe.add().outcome is Outcome.UNKNOWN

    assert zoe.add().refusal == "CustomerExistsError"
    assert faulty.what_is_wrong() == []


@pytest.mark.parametrize("name", WRITES)
def test_a_file_that_another_process_holds_is_waited_for_and_then_refused(
    faulty: FaultyStore, name: str
) -> None:
    faulty.storage.probe.probe()
    with faulty.held_by_another_process():
        began = monotonic()
        with pytest.raises(StoreUnavailableError) as unavailable:
            WRITES[name](faulty.storage)
        waited = monotonic() - began
        for read in READS.values():
            read(faulty.storage)

    assert unavailable.value.outcome_known
    assert BUSY_SECONDS <= waited < BUSY_SECONDS + MARGIN
    faulty.storage.customers.add(ZOE, a_record("zoe"))


@every_change
def test_a_change_while_another_process_holds_the_file_changes_nothing(
    faulty: FaultyStore, zoe: ChangesToZoe, change: Change
) -> None:
    before = faulty.snapshot()
    with closing(sqlite3.connect(faulty.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        assert told(change(zoe)) == (Outcome.NOT_DONE, "StoreUnavailableError")

    assert faulty.snapshot() == before


@pytest.mark.parametrize("name", {**READS, **WRITES})
def test_a_file_that_was_moved_away_is_neither_used_nor_created_again(
    faulty: FaultyStore, name: str
) -> None:
    faulty.storage.customers.add(ZOE, a_record("zoe"))
    with faulty.moved_away():
        with pytest.raises(StoreFaultError, match="was replaced or removed"):
            {**READS, **WRITES}[name](faulty.storage)
        assert not faulty.path.exists()

    # Put back, it is the same file.
    assert faulty.storage.customers.get("zoe", now=START) is not None
    faulty.storage.audit_log.append(a_record("zoe"))


def test_a_read_looks_again_for_the_file_after_a_short_time_and_a_change_always(
    faulty: FaultyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(database, "monotonic", lambda: now)
    faulty.storage.customers.add(ZOE, a_record("zoe"))
    assert faulty.storage.customers.get("zoe", now=START) is not None
    with faulty.moved_away():
        with pytest.raises(StoreFaultError, match="was replaced or removed"):
            faulty.storage.audit_log.append(a_record("zoe"))
        assert faulty.storage.customers.get("zoe", now=START) is not None
        now += 0.05

        with pytest.raises(StoreFaultError, match="was replaced or removed"):
            faulty.storage.customers.get("zoe", now=START)


def test_another_file_in_its_place_is_not_used(faulty: FaultyStore, tmp_path: Path) -> None:
    faulty.storage.customers.add(ZOE, a_record("zoe"))
    (tmp_path / "other").mkdir()
    with faulty.moved_away():
        other = FaultyStore(tmp_path / "other")
        other.storage.probe.probe()
        other.storage.close()
        other.path.replace(faulty.path)

        with pytest.raises(StoreFaultError, match="was replaced or removed"):
            faulty.storage.customers.get("zoe", now=START)

    assert faulty.storage.customers.get("zoe", now=START) is not None


def test_a_file_that_cannot_grow_refuses_changes_and_answers_checks(
    faulty: FaultyStore, zoe: ChangesToZoe
) -> None:
    services = faulty.container().services()
    login = services.sessions.login(customer_id="zoe", password="correct horse")
    kept = chain([Fault.NONE], repeat(Fault.GROWS_NO_MORE))
    faulty.script.choose = lambda: next(kept)
    worker = Worker(services, faulty.history, Population(), SEED)

    while not any(call.refusal == "StoreUnavailableError" for call in faulty.history.calls):
        worker.work(10)

    assert services.sessions.check_session(login.context_id).customer_id == "zoe"
    faulty.script.choose = lambda: Fault.NONE
    assert zoe.change_email().outcome is Outcome.DONE


class RecordApart(Database):
    """Stores the record in a transaction of its own, after the change."""

    def log(self, connection: sqlite3.Connection, record: AuditRecord) -> None:
        connection.execute("COMMIT")
        connection.execute("BEGIN IMMEDIATE")
        super().log(connection, record)


@every_change
def test_a_record_apart_from_its_change_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Change
) -> None:
    """Negative control: the faults and the checker find it."""
    module = sqlite_storage.__module__
    monkeypatch.setattr(f"{module}.Database", RecordApart)
    faulty = FaultyStore(tmp_path)
    zoe = ChangesToZoe(faulty.container().services(), faulty.history)
    zoe.prepare()
    faulty.script.choose = lambda: Fault.WRITE_ERROR

    change(zoe)

    assert faulty.what_is_wrong() != []
    faulty.storage.close()


class ShuffledFaults:
    """Yields each fault as often as ``MIX`` says, in an order that ``SEED`` decides."""

    def __init__(self) -> None:
        self._faults = [fault for fault, times in MIX.items() for _ in range(times)]
        self._random = Random(SEED)
        self._rest: list[Fault] = []
        self._lock = Lock()

    def __call__(self) -> Fault:
        with self._lock:
            if not self._rest:
                self._rest = self._random.sample(self._faults, len(self._faults))
            return self._rest.pop()


def test_changes_records_and_what_callers_were_told_agree_through_mixed_faults(
    faulty: FaultyStore,
) -> None:
    services = faulty.container().services()
    population = Population()
    faulty.script.choose = ShuffledFaults()

    with ThreadPoolExecutor(THREADS) as pool:
        workers = [Worker(services, faulty.history, population, SEED + n) for n in range(THREADS)]
        for finished in [pool.submit(worker.work, OPERATIONS) for worker in workers]:
            finished.result()

    calls = faulty.history.calls
    assert len(calls) == THREADS * OPERATIONS
    assert faulty.what_is_wrong() == []
    assert all(faulty.script.injected[fault] >= 3 for fault in MIX), faulty.script.injected
    assert {call.outcome for call in calls} == set(Outcome)
    refusals = {call.refusal for call in calls}
    assert {"StoreUnavailableError", "CustomerExistsError", "EmailTakenError"} <= refusals
