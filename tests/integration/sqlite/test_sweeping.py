"""What has expired is removed with later changes, a little at a time, and nothing too early."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from support.builders.values import a_customer, a_record, a_session, an_opening
from support.sqlite.files import new_file, rows

from cybershop_customer import Storage
from cybershop_customer.adapters.sqlite import sweeper
from cybershop_customer.adapters.sqlite.storage import sqlite_storage
from cybershop_customer.domain.audit import rfc3339
from cybershop_customer.domain.epoch_time import microseconds
from cybershop_customer.domain.session_feed import RETENTION
from cybershop_customer.entrypoints.settings import SETTINGS
from cybershop_customer.entrypoints.testkit.clock import START

TURNS: Final = len(sweeper._STEPS) + 1
"""After so many changes, the sweeper has looked at each table."""
MOMENT: Final = timedelta(microseconds=1)
DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Kind:
    """Rows of one table that expire."""

    insert: str
    """Its values are a name, and the time at which the row expires."""
    column: str
    """Where the name is."""
    kept: timedelta = timedelta()
    """How long a row is kept after it has expired."""
    encode: Callable[[datetime], object] = microseconds


KINDS: Final = {
    "audit_record": Kind("INSERT INTO audit_record VALUES ('zoe', ?, '{}', ?)", "position"),
    "customer": Kind(
        "INSERT INTO customer VALUES (?, NULL, NULL, 0, '{}', '', '', 1, 1, 0, 0, ?)",
        "customer_id",
    ),
    "login_budget": Kind("INSERT INTO login_budget VALUES (?, ?)", "key", DAY),
    "registration": Kind(
        "INSERT INTO registration VALUES (?, 'fingerprint', 'zoe', 1, 0, ?)", "key_hash"
    ),
    "revocation": Kind("INSERT INTO revocation VALUES ('zoe', ?, ?)", "session_id", 31 * DAY),
    "session": Kind("INSERT INTO session VALUES ('zoe', ?, 0, ?, '')", "session_id", 31 * DAY),
    "session_change": Kind(
        # The position, which begins with the time, is the only time that the row has.
        "INSERT INTO session_change (customer_id, position) VALUES (?, ?)",
        "customer_id",
        RETENTION + MOMENT,
        rfc3339,
    ),
    "tombstone": Kind("INSERT INTO tombstone VALUES (?, ?)", "customer_id"),
}


@pytest.fixture
def path(directory: Path) -> Path:
    return new_file(directory / "customer.db").path


@pytest.fixture
def storage(path: Path) -> Iterator[Storage]:
    storage = sqlite_storage(new_file(path))
    yield storage
    storage.close()


def insert(path: Path, table: str, expirations: dict[str, datetime]) -> None:
    """Insert rows by their names, each of which expires at its time."""
    kind = KINDS[table]
    values = [(name, kind.encode(at)) for name, at in expirations.items()]
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(kind.insert, values)


def names(path: Path, table: str) -> set[str]:
    return {name for (name,) in rows(path, f"SELECT {KINDS[table].column} FROM {table}")}


def change(storage: Storage, times: int, *, at: datetime = START) -> None:
    for _ in range(times):
        storage.audit_log.append(a_record("yan", at=at))


def test_every_table_with_an_end_is_swept(path: Path) -> None:
    swept = {table for table, *_ in sweeper._STEPS} | {"session_change"}
    tables = "SELECT m.name FROM sqlite_schema m, pragma_table_info(m.name) c"
    ends = "('expires_at', 'full_at', 'kept_until', 'at')"

    # A one-time token ends with its customer, or gives way to the next one.
    found = {name for (name,) in rows(path, f"{tables} WHERE c.name IN {ends}")}

    assert found - {"one_time_token"} == swept - {"session_change"}
    assert KINDS.keys() == swept


@pytest.mark.parametrize("table", KINDS)
def test_a_row_is_removed_when_it_has_expired_and_not_before(
    storage: Storage, path: Path, table: str
) -> None:
    end = START - KINDS[table].kept
    insert(path, table, {"ended": end, "lives": end + MOMENT})

    change(storage, TURNS)

    assert names(path, table) & {"ended", "lives"} == {"lives"}


@pytest.mark.parametrize("table", KINDS)
def test_one_change_removes_few_rows_and_later_ones_the_others(
    storage: Storage, path: Path, table: str
) -> None:
    end = START - KINDS[table].kept
    insert(path, table, {f"ended-{number}": end - number * MOMENT for number in range(50)})
    left = []

    for _ in range(3):
        change(storage, TURNS)
        left.append(sum(name.startswith("ended-") for name in names(path, table)))

    assert left == [30, 10, 0]


def test_an_unproven_customer_is_removed_at_the_end(storage: Storage, path: Path) -> None:
    customer = a_customer(email_key=None, expires_at=START + DAY)
    storage.customers.add(customer, a_record(customer.customer_id))

    change(storage, TURNS, at=START + DAY)

    assert rows(path, "SELECT * FROM customer") == []


def test_a_customer_who_has_logged_in_is_not_swept(storage: Storage, path: Path) -> None:
    customer = a_customer(email_key=None, expires_at=START + DAY)
    storage.customers.add(customer, a_record(customer.customer_id))
    opening = an_opening(
        a_session(customer.customer_id),
        password_version=customer.password_version,
        keeps_customer=True,
    )
    storage.sessions.open(opening, a_record(customer.customer_id))

    change(storage, TURNS, at=START + DAY)

    assert rows(path, "SELECT customer_id FROM customer") == [(customer.customer_id,)]


def test_no_session_may_live_as_long_as_its_traces_are_kept() -> None:
    kept = int(sweeper._SESSION_TRACES_KEPT.total_seconds())

    with pytest.raises(ValueError, match="must be"):
        SETTINGS["session_max_seconds"].read(str(kept))
