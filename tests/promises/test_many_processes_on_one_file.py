"""Eight processes with two threads each make every kind of change to one file of SQLite."""

from pathlib import Path
from typing import Final

import pytest
from support.consistency.call_history import Outcome
from support.consistency.checker import find_inconsistencies
from support.consistency.load_in_processes import calls_of_processes
from support.sqlite.snapshot import damage, read_snapshot

from cybershop_customer.adapters.bcrypt.password_hasher import BcryptPasswordHasher

PROCESSES: Final = 8
OPERATIONS: Final = 250
"""Of each process."""
BUSY_SECONDS: Final = 5.0
"""The default of CUSTOMER_SQLITE_BUSY_SECONDS."""


@pytest.mark.slow
def test_all_agrees_and_no_call_waits_longer_than_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "customer.db"

    calls = calls_of_processes(path, PROCESSES, OPERATIONS)

    assert len(calls) == PROCESSES * OPERATIONS
    hasher = BcryptPasswordHasher(rounds=4)
    assert list(find_inconsistencies(read_snapshot(path), calls, hasher)) == []
    assert damage(path) == []
    assert [call for call in calls if call.refusal == "StoreUnavailableError"] == []
    assert {call.outcome for call in calls} == {Outcome.DONE, Outcome.NOT_DONE}
    longest = max((call.ended - call.began).total_seconds() for call in calls)
    # With SQLite's own wait, a process starves for more than the limit.
    assert longest < BUSY_SECONDS
