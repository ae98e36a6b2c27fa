"""Each operation on SQLite costs so many transactions and syncs, and uses indexes."""

import ast
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from support.builders.values import a_record
from support.dynamodb.operation_budgets import ID, add_usual_customer, log_in
from support.sqlite.operation_costs import COSTS, OPERATIONS
from support.sqlite.statements import Log, recorded_store

from cybershop_customer import Storage
from cybershop_customer.adapters.sqlite import sweeper
from cybershop_customer.domain.device import MAX_DEVICES
from cybershop_customer.domain.epoch_time import microseconds
from cybershop_customer.entrypoints.testkit.clock import START

ADAPTER = Path(sweeper.__file__).parent
STATEMENTS_OF_REQUESTS = (
    "audit_log.py",
    "customer_repository.py",
    "customer_rows.py",
    "login_throttle.py",
    "session_change_log.py",
    "session_repository.py",
    "session_rows.py",
    "store_probe.py",
    "sweeper.py",
)
"""The modules with the statements that requests need. The others open, copy and check the file."""
CHANGES_AND_READS = ("SELECT", "INSERT", "UPDATE", "DELETE")
CALLS = {"execute", "executemany", "read_one", "read_all"}
TURNS = len(sweeper._STEPS) + 1
"""After so many changes, the sweeper has looked at each table."""


@pytest.fixture
def recorded() -> Iterator[tuple[Storage, Log]]:
    with recorded_store() as (storage, log):
        add_usual_customer(storage)
        storage.probe.probe()  # It opens the connection of the reads.
        log.clear()
        yield storage, log


def test_every_operation_has_a_cost() -> None:
    assert set(COSTS) == set(OPERATIONS)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_keeps_its_cost(recorded: tuple[Storage, Log], operation: str) -> None:
    storage, log = recorded

    OPERATIONS[operation](storage)

    assert log.cost == COSTS[operation]


def change_what_the_operations_leave(storage: Storage) -> None:
    """Reach the statements that no operation of the table reaches."""
    storage.session_changes.count(first="0", last="~")
    for _ in range(TURNS):
        storage.audit_log.append(a_record(ID))
    for number in range(MAX_DEVICES):
        log_in(storage, f"on device {number}", keeps_customer=True)


def walk_all_operations() -> tuple[dict[str, list[str]], set[tuple[str, int]]]:
    """The query plan of each statement of each operation, and the lines that were reached."""
    plans: dict[str, list[str]] = {}
    sites: set[tuple[str, int]] = set()
    for operate in (*OPERATIONS.values(), change_what_the_operations_leave):
        with recorded_store(synchronous="NORMAL") as (storage, log):
            add_usual_customer(storage)
            operate(storage)
            sites |= log.sites
            unknown = {query: values for query, values in log.statements if query not in plans}
            with closing(sqlite3.connect(log.path)) as connection:
                for query, values in unknown.items():
                    if query.startswith(CHANGES_AND_READS) and "sqlite_schema" not in query:
                        rows = connection.execute(f"EXPLAIN QUERY PLAN {query}", values)
                        plans[query] = [step for _, _, _, step in rows]
    return plans, sites


def calls_with_statements(module: str) -> Iterator[range]:
    """The lines of each call in ``module`` that gives SQLite a statement."""
    for node in ast.walk(ast.parse((ADAPTER / module).read_text())):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in CALLS
        ):
            yield range(node.lineno, (node.end_lineno or node.lineno) + 1)


def test_every_statement_uses_an_index() -> None:
    plans, sites = walk_all_operations()

    for query, steps in plans.items():
        for step in steps:
            # The positions that ``json_each`` lists are the caller's own.
            allowed = step.startswith(("SCAN CONSTANT ROW", "SCAN json_each"))
            assert allowed or "SCAN" not in step, (query, steps)
            assert "TEMP B-TREE" not in step, (query, steps)
    missed = [
        f"{module}:{lines[0]}"
        for module in STATEMENTS_OF_REQUESTS
        for lines in calls_with_statements(module)
        if not any((module, line) in sites for line in lines)
    ]
    assert missed == []


def test_a_deleted_customer_is_looked_up_by_index_in_each_table_that_refers_to_it() -> None:
    with recorded_store() as (storage, log):
        storage.probe.probe()
        with closing(sqlite3.connect(log.path)) as connection:
            tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
            for (table,) in tables.fetchall():
                for key in connection.execute(f"PRAGMA foreign_key_list({table})").fetchall():
                    query = f"EXPLAIN QUERY PLAN SELECT 1 FROM {table} WHERE {key[3]} = ''"
                    ((_, _, _, step),) = connection.execute(query)
                    assert step.startswith("SEARCH"), (table, step)


def opcodes_of_changes(records: int, *, expired: bool) -> int:
    """The instructions of as many changes as the sweeper has turns, beside so many records."""
    ends = microseconds(START - timedelta(days=1) if expired else START + timedelta(days=1))
    with recorded_store(synchronous="NORMAL") as (storage, log):
        add_usual_customer(storage)
        with closing(sqlite3.connect(log.path)) as connection, connection:
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute(
                "WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL"
                " SELECT n + 1 FROM number WHERE n < ?)"
                " INSERT INTO audit_record"
                " SELECT printf('customer-%07d', n / 10), printf('%07d', n), '{}', ? FROM number",
                (records, ends),
            )
        log.clear()
        for _ in range(TURNS):
            storage.audit_log.append(a_record(ID))
        return log.opcodes


@pytest.mark.parametrize("expired", [False, True])
@pytest.mark.parametrize("records", [20_000, pytest.param(1_000_000, marks=pytest.mark.slow)])
def test_a_change_costs_the_same_with_any_number_of_records(records: int, expired: bool) -> None:
    few = opcodes_of_changes(1_000, expired=expired)

    assert opcodes_of_changes(records, expired=expired) == few
