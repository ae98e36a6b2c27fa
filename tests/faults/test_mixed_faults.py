"""A thousand operations and more, while one request in four meets a fault."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import pytest
from support.consistency.call_history import Journal, Told
from support.consistency.checker import disagreements
from support.consistency.load import Population, Worker
from support.faults.harness import LIMITS, Faulty
from support.faults.scripts import Deck, Fault

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
def test_changes_records_and_what_callers_were_told_agree(faulty: Faulty) -> None:
    container = faulty.container()
    services = container.services()
    journal = Journal(faulty.clock, faulty.random_source)
    population = Population()
    faulty.proxy.script = Deck(MIX, SEED)

    with ThreadPoolExecutor(THREADS) as pool:
        workers = [Worker(services, journal, population, SEED + n) for n in range(THREADS)]
        for finished in [pool.submit(worker.work, OPERATIONS) for worker in workers]:
            finished.result()

    deeds = journal.deeds
    assert len(deeds) == THREADS * OPERATIONS >= 1000
    assert list(disagreements(faulty.contents(), deeds, container.password_hasher())) == []
    # It was no quiet day:
    assert all(faulty.proxy.dealt[fault] >= 3 for fault in MIX), faulty.proxy.dealt
    assert {deed.told for deed in deeds} == set(Told)
    refusals = Counter(deed.refusal for deed in deeds)
    assert refusals["StoreUnavailableError"] >= 1
    assert refusals["StoreFaultError"] == 0
    assert refusals["CustomerExistsError"] >= 1
    assert refusals["EmailTakenError"] >= 1
    assert faulty.caller.longest < LIMITS.time_limit + MARGIN
