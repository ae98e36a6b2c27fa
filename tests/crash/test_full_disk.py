"""The disk is full, and the service is killed on it: whatever it has told stays true."""

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Final

import pytest
from support.consistency.call_history import Outcome
from support.consistency.checker import find_inconsistencies
from support.consistency.load_over_http import LoadClients
from support.processes.killed_service import SETTINGS
from support.processes.service_process import ServiceProcess
from support.processes.small_disk import SmallDisk, small_disk
from support.stores.shared import SharedFile

from cybershop_customer.adapters.bcrypt.password_hasher import BcryptPasswordHasher

SEED: Final = 20001231
MEBIBYTES: Final = 1
KILLS: Final = 3
ANSWERS_WHEN_FULL: Final = 20


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    (tmp_path / "disk").mkdir()
    with small_disk(tmp_path / "disk", MEBIBYTES) as disk:
        yield disk


def test_what_was_told_stays_true_on_a_full_disk(disk: SmallDisk, tmp_path: Path) -> None:
    store = SharedFile(disk.folder)
    environ = {**SETTINGS, **store.environ}
    clients = LoadClients(SEED)
    hasher = BcryptPasswordHasher(rounds=4)
    random = Random(SEED)

    def found() -> list[str]:
        inconsistencies = find_inconsistencies(store.snapshot(), clients.calls, hasher)
        return [*store.damage(), *inconsistencies]

    def refusals() -> int:
        return sum(call.outcome is Outcome.UNKNOWN for call in clients.calls)

    with clients.ensuring_admin():
        service = ServiceProcess(environ, tmp_path / "service.log")
    clients.check_admin(service)
    for kill in range(KILLS):
        with clients.at_work(service) as load:
            answered = 0
            while refusals() < (kill + 1) * ANSWERS_WHEN_FULL:
                answered += random.randint(1, 9)
                load.await_answers(answered)
        # A reader needs some room too.
        disk.grow(MEBIBYTES + kill + 1)
        assert found() == [], f"after kill {kill + 1}"
        service = ServiceProcess(environ, tmp_path / "service.log")
        clients.check_admin(service)
    service.kill()

    assert found() == []
    done = sum(call.outcome is Outcome.DONE for call in clients.calls)
    assert done >= 100
    assert "the disk is full" in (tmp_path / "service.log").read_text()
