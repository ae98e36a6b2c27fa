"""A harness for a service whose file fails."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from support.consistency.call_history import CallHistory, RecordingRandomSource, UniqueClock
from support.consistency.checker import find_inconsistencies
from support.sqlite.faults import FaultScript, FaultyFile
from support.sqlite.snapshot import damage, read_snapshot
from support.stores.snapshot import StoreSnapshot

from cybershop_customer.adapters.memory.hashing_lane import MemoryHashingLane
from cybershop_customer.adapters.sqlite.storage import sqlite_storage
from cybershop_customer.entrypoints.container import Container, make_container
from cybershop_customer.entrypoints.settings import Settings

BUSY_SECONDS: Final = 0.2
_HOLD: Final = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("holds", flush=True)
sys.stdin.read()
"""


@dataclass
class FaultyStore:
    """A service on a file in ``folder``, which fails as ``script`` says."""

    folder: Path
    script: FaultScript = field(default_factory=FaultScript)
    random_source: RecordingRandomSource = field(default_factory=RecordingRandomSource)
    clock: UniqueClock = field(default_factory=UniqueClock)

    def __post_init__(self) -> None:
        self.file = FaultyFile(self.path, self.script, busy_seconds=BUSY_SECONDS)
        self.storage = sqlite_storage(self.file)
        self.history = CallHistory(self.clock, self.random_source)
        self._container: Container | None = None

    @property
    def path(self) -> Path:
        return self.folder / "customer.db"

    def container(self) -> Container:
        """The service on that store, with high limits of sessions and logins."""
        if self._container is None:
            environ = {"CUSTOMER_MAX_SESSIONS": "100", "CUSTOMER_LOGIN_ATTEMPTS": "100"}
            container = make_container(Settings.demo_from_environ(environ))
            container.hashing_lane.override(MemoryHashingLane())
            container.storage.override(self.storage)
            container.clock.override(self.clock)
            container.random_source.override(self.random_source)
            self._container = container
        return self._container

    def snapshot(self) -> StoreSnapshot:
        """What is stored, read without the service."""
        return read_snapshot(self.path)

    def what_is_wrong(self) -> list[str]:
        """Each inconsistency, and each damage of the file."""
        hasher = self.container().password_hasher()
        return [
            *damage(self.path),
            *find_inconsistencies(self.snapshot(), self.history.calls, hasher),
        ]

    @contextmanager
    def held_by_another_process(self) -> Iterator[None]:
        """Another process writes to the file during the whole block."""
        command = [sys.executable, "-c", _HOLD, str(self.path)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert process.stdout
        assert process.stdin
        with process:
            assert process.stdout.readline() == b"holds\n"
            yield
            process.stdin.close()

    @contextmanager
    def moved_away(self) -> Iterator[Path]:
        """An operator moves the file during the block, without stopping the service."""
        elsewhere = self.path.with_name("moved.db")
        self.path.rename(elsewhere)
        yield elsewhere
        elsewhere.replace(self.path)
