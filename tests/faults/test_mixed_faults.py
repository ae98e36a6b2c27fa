"""A thousand operations and more, while one request in four meets a fault."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import pytest
from support.consistency.call_history import CallHistory, Outcome
from support.consistency.checker import find_inconsistencies
from support.consistency.load import Population, Worker
from support.faults.harness import LIMITS, FaultyStore
from support.faults.scripts import Fault, ShuffledFaults

SEED: Final = 20240229
THREADS: Final = 4
OPERATIONS: Final = 300
"""Of each thread."""
MARGIN: Final = 3.0
"""Seconds for a thread to get its turn on a machine that has other things to do."""

QUICK: Final = {fault: 2 for fault in Fault if fault is not Fault.NONE}
SLOW: Final = {Fault.SILENT: 1, Fault.SILENT_AFTER: 1, Fault.LATE: 1}
MIX: Final = {Fault.NONE: 120, **QUICK, **SLOW}


@pytest.mark.dynamodb_local
def test_changes_records_and_what_callers_were_told_agree(faulty: FaultyStore) -> None:
    container = faulty.container()
    services = container.services()
    history = CallHistory(faulty.clock, faulty.random_source)
    population = Population()
    faulty.proxy.script = ShuffledFaults(MIX, SEED)

    with ThreadPoolExecutor(THREADS) as pool:
        workers = [Worker(services, history, population, SEED + n) for n in range(THREADS)]
        for finished in [pool.submit(worker.work, OPERATIONS) for worker in workers]:
            finished.result()

    calls = history.calls
    assert len(calls) == THREADS * OPERATIONS >= 1000
    assert list(find_inconsistencies(faulty.snapshot(), calls, container.password_hasher())) == []
    # It was no quiet day:
    assert all(faulty.proxy.injected[fault] >= 3 for fault in MIX), faulty.proxy.injected
    assert {call.outcome for call in calls} == set(Outcome)
    refusals = Counter(call.refusal for call in calls)
    assert refusals["StoreUnavailableError"] >= 1
    assert refusals["StoreFaultError"] == 0
    assert refusals["CustomerExistsError"] >= 1
    assert refusals["EmailTakenError"] >= 1
    assert faulty.caller.longest < LIMITS.time_limit + MARGIN
