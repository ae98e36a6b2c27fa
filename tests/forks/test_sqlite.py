"""A process that uses a file of SQLite forks: no child hangs, and no change is lost."""

import ctypes
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep
from typing import Final

import pytest
from support.builders.values import a_customer, a_record
from support.processes.forks import Child, busy_threads, in_child, in_children
from support.sqlite.snapshot import damage, read_snapshot

from cybershop_customer import Storage, StoreFaultError
from cybershop_customer.adapters.sqlite import connections
from cybershop_customer.adapters.sqlite.connections import Connections, FileConnection
from cybershop_customer.adapters.sqlite.database import Database
from cybershop_customer.adapters.sqlite.database_file import DatabaseFile
from cybershop_customer.adapters.sqlite.storage import sqlite_storage
from cybershop_customer.entrypoints.testkit.clock import START

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="fork: this system cannot")

REFUSAL: Final = "StoreFaultError: the store refuses: this process was forked"
_numbers: Final = count()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "customer.db"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    database = Database(DatabaseFile(path))
    yield database
    database.close()


@pytest.fixture
def storage(path: Path) -> Iterator[Storage]:
    storage = sqlite_storage(DatabaseFile(path))
    yield storage
    storage.close()


def change(storage: Storage, name: str = "parent") -> str:
    """Add a customer, and read it; return its id."""
    customer_id = f"{name}-{os.getpid()}-{next(_numbers)}"
    storage.customers.add(a_customer(customer_id=customer_id), a_record(customer_id))
    assert storage.customers.get(customer_id, now=START) is not None
    return customer_id


def stored(path: Path) -> set[str]:
    """Every customer, in a file that is whole."""
    assert damage(path) == []
    snapshot = read_snapshot(path)
    assert {record.customer_id for record in snapshot.records} == set(snapshot.accounts)
    return set(snapshot.accounts)


def check_children(path: Path, storage: Storage, children: int) -> None:
    added: list[str] = []

    with busy_threads(lambda: added.append(change(storage)), 4):
        results = in_children(lambda: change(storage, "child"), children)

    assert [result for result in results if not result.startswith("child-")] == []
    assert len(set(results)) == children
    assert stored(path) == {*added, *results}


def test_children_of_a_process_that_reads_and_writes(path: Path, storage: Storage) -> None:
    check_children(path, storage, 20)


def test_two_hundred_children_of_a_process_that_reads_and_writes(
    path: Path, storage: Storage
) -> None:
    check_children(path, storage, 200)


def test_threads_that_fork_at_the_same_time(path: Path, storage: Storage) -> None:
    added = [change(storage)]

    def fork() -> None:
        added.append(in_child(lambda: change(storage, "child")))

    with busy_threads(fork, 4):
        added.extend(change(storage) for _ in range(100))

    assert [result for result in added if not result.startswith(("child-", "parent-"))] == []
    assert stored(path) == set(added)


def test_what_children_write_outlives_the_parents_connections(path: Path, storage: Storage) -> None:
    """The last connection that is closed deletes the write-ahead log. A child's must count."""
    added = [change(storage)]
    with closing(Pipe()) as wrote, closing(Pipe()) as may_go_on:

        def child() -> list[str]:
            ids = [change(storage, "child")]
            wrote.send_bytes(1)
            may_go_on.await_byte()
            return [*ids, change(storage, "child")]

        children = [Child(child) for _ in range(3)]
        for _ in children:
            wrote.await_byte()
        storage.close()
        may_go_on.send_bytes(len(children))
        results = [one.result() for one in children]

    assert all(isinstance(result, list) for result in results), results
    assert stored(path) == {*added, *(one for result in results for one in result)}


class Pipe:
    """Between the parent and its children."""

    def __init__(self) -> None:
        self._reader, self._writer = os.pipe()

    def await_byte(self) -> None:
        os.read(self._reader, 1)

    def send_bytes(self, number: int) -> None:
        os.write(self._writer, b"." * number)

    def close(self) -> None:
        os.close(self._reader)
        os.close(self._writer)


def test_an_inherited_connection_makes_sqlite_skip_its_locks(
    path: Path, database: Database
) -> None:
    """Negative control, without the safeguards: the change of a child is lost."""
    database.read_one("SELECT 1", ())
    database.close()
    parent = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    parent.execute("SELECT count(*) FROM tombstone").fetchone()
    with closing(Pipe()) as is_open, closing(Pipe()) as may_go_on:

        def child() -> str:
            own = sqlite3.connect(path, isolation_level=None)
            own.execute("SELECT count(*) FROM tombstone").fetchone()
            is_open.send_bytes(1)
            may_go_on.await_byte()
            own.execute("INSERT INTO tombstone VALUES ('of the child', 1)")
            return "stored"

        running = Child(child)
        # The child now has a connection for which it holds no lock of the system.
        is_open.await_byte()
        parent.close()
        may_go_on.send_bytes(1)
        result = running.result()

    with closing(sqlite3.connect(path)) as reader:
        found = reader.execute("SELECT * FROM tombstone").fetchall()
    assert (result, found) == ("stored", [])


def test_a_child_can_fork_although_a_thread_of_its_parent_held_the_lock_of_a_pool(
    path: Path, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    added = [change(storage)]
    held = Event()

    def hold() -> None:
        # As a thread that lends or gives back a connection while another one forks.
        with pool._changed:
            held.set()
            sleep(1)

    def child() -> str:
        change(storage, "child")
        return str(in_child(lambda: change(storage, "grandchild")))

    def start(_deadline: float) -> None:
        thread.start()
        assert held.wait(30)

    file = DatabaseFile(path)
    pool = Connections(file.connect, file.require_same)
    thread = Thread(target=hold)
    monkeypatch.setattr(pool, "close_for_fork", start)
    result = in_child(child)
    thread.join(30)

    assert result.startswith("grandchild-")
    assert {*added, result} <= stored(path)


def test_a_fork_within_a_transaction_does_not_wait_and_its_child_refuses(
    path: Path, storage: Storage, database: Database
) -> None:
    added = [change(storage)]
    with database.changing() as connection:
        connection.execute("INSERT INTO tombstone VALUES ('before', 1)")
        began = monotonic()
        result = in_child(lambda: change(storage, "child"))
        took = monotonic() - began
        connection.execute("INSERT INTO tombstone VALUES ('after', 1)")

    assert result.startswith(REFUSAL)
    assert took < connections.MAX_WAIT_SECONDS / 2
    assert database.read_all("SELECT customer_id FROM tombstone", ()) == [("after",), ("before",)]
    assert stored(path) == set(added)


def test_a_fork_waits_for_a_limited_time_for_the_transaction_of_another_thread(
    storage: Storage, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "MAX_WAIT_SECONDS", 0.05)
    storage.probe.probe()
    begun, may_end = Event(), Event()

    def hold() -> None:
        with database.changing():
            begun.set()
            may_end.wait(30)

    thread = Thread(target=hold)
    thread.start()
    assert begun.wait(30)

    assert in_child(lambda: change(storage, "child")).startswith(REFUSAL)

    may_end.set()
    thread.join(30)
    assert in_child(lambda: change(storage, "child")).startswith("child-")


def test_a_child_does_not_close_what_it_inherits(path: Path) -> None:
    connection = DatabaseFile(path).connect()

    def child() -> list[object]:
        connection.close()
        return [connection.execute("SELECT 1").fetchone()[0], connection.is_inherited]

    assert isinstance(connection, FileConnection)
    assert in_child(child) == [1, True]
    assert not connection.is_inherited
    connection.close()
    with pytest.raises(sqlite3.ProgrammingError):
        connection.execute("SELECT 1")


def test_a_connection_that_is_forgotten_is_closed_with_its_pool(path: Path) -> None:
    before = set(connections._open)
    database = Database(DatabaseFile(path))
    database.read_one("SELECT 1", ())
    assert len(connections._open) == len(before) + 1

    del database

    assert set(connections._open) == before


def fork_without_hooks(action: Callable[[], str]) -> str:
    """Fork as a server written in C does; return what ``action`` returns in the child."""
    reader, writer = os.pipe()
    # PyDLL keeps the interpreter's lock, so that the child has it.
    pid = ctypes.PyDLL(None).fork()
    if pid == 0:
        try:
            text = action()
        except Exception as error:  # noqa: BLE001 (reported to the parent)
            text = f"{type(error).__name__}: {error}"
        os.write(writer, text.encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as output:
        text = output.read()
    os.waitpid(pid, 0)
    return text


def test_a_server_that_forks_without_pythons_hooks(path: Path, storage: Storage) -> None:
    """A child works if its parent has no open connection, and refuses otherwise."""
    added = [fork_without_hooks(lambda: change(storage, "child")) for _ in range(2)]
    added.append(change(storage))

    assert fork_without_hooks(lambda: change(storage, "child")).startswith(REFUSAL)

    storage.close()
    added.append(fork_without_hooks(lambda: change(storage, "child")))
    added.append(change(storage))
    assert stored(path) == set(added)


_storages: dict[Path, Storage] = {}


def change_in_worker(path: Path, number: int) -> str:
    return change(_storages[path], f"worker{number}")


def test_workers_of_multiprocessing_with_fork(path: Path, storage: Storage) -> None:
    added = [change(storage)]
    _storages[path] = storage
    with ProcessPoolExecutor(3, mp_context=get_context("fork")) as pool:
        futures = [pool.submit(change_in_worker, path, number) for number in range(12)]
        added += [change(storage) for _ in range(10)]
        added += [future.result(30) for future in futures]

    assert len({name.split("-")[1] for name in added}) >= 2
    assert stored(path) == set(added)


PARENT_ENDS: Final = """
import os, sys
from pathlib import Path
from cybershop_customer.adapters.sqlite.database import Database
from cybershop_customer.adapters.sqlite.database_file import DatabaseFile

database = Database(DatabaseFile(Path(sys.argv[1])))
def write(key):
    with database.changing() as connection:
        connection.execute("INSERT INTO tombstone VALUES (?, 1)", (key,))
write("parent")
gone_reader, gone_writer = os.pipe()
if os.fork() == 0:
    os.close(gone_writer)
    write("child")
    os.read(gone_reader, 1)  # until the parent has ended
    for number in range(50):
        write(f"child {number}")
    os._exit(0)
write("parent again")
if sys.argv[2] == "crash":
    os._exit(1)
"""


@pytest.mark.parametrize("end", ["exit", "crash"])
def test_children_go_on_writing_after_the_parent_has_ended(path: Path, end: str) -> None:
    # The output ends when the last process has.
    subprocess.run(
        [sys.executable, "-c", PARENT_ENDS, str(path), end],
        stdout=subprocess.PIPE,
        timeout=60,
        check=False,
    )

    assert damage(path) == []
    with closing(sqlite3.connect(path)) as reader:
        found = {key for (key,) in reader.execute("SELECT customer_id FROM tombstone")}
    assert found == {"parent", "parent again", "child", *(f"child {n}" for n in range(50))}


def test_a_process_that_refuses_says_so_at_each_call(path: Path, storage: Storage) -> None:
    storage.probe.probe()
    connection = DatabaseFile(path).connect()

    def child() -> list[str]:
        raised: list[str] = []
        for _ in range(2):
            try:
                storage.probe.probe()
            except StoreFaultError as error:
                raised.append(str(error))
        return raised

    raised = in_child(child)
    connection.close()

    assert len(raised) == 2
    assert "Start it again" in raised[0]
