"""Stores without one of their safeguards, which show that a test notices a broken promise."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from threading import Barrier, Lock
from typing import Any, Final

from cybershop_customer import AuditRecord, Storage
from cybershop_customer.adapters.dynamodb.database import Database, Write
from cybershop_customer.adapters.memory.audit_log import MemoryAuditLog
from cybershop_customer.adapters.memory.budgets import Budgets
from cybershop_customer.adapters.memory.customer_repository import MemoryCustomerRepository
from cybershop_customer.adapters.memory.session_change_log import MemorySessionChangeLog
from cybershop_customer.adapters.memory.session_repository import MemorySessionRepository
from cybershop_customer.adapters.memory.storage import MemoryStoreProbe
from cybershop_customer.adapters.memory.tables import Tables
from cybershop_customer.adapters.memory.throttle import MemoryLoginThrottle

BARRIER_SECONDS: Final = 30


class ReadBarrier:
    """Wraps a port: the first ``parties`` callers of ``method`` wait for each other after it.

    So all of them have read before one of them writes.
    """

    def __init__(self, port: object, method: str, parties: int = 2) -> None:
        self._port = port
        self._method = method
        self._barrier = Barrier(parties)
        self._expected = parties
        self._lock = Lock()

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._port, name)
        if name != self._method:
            return attribute

        def call(*arguments: Any, **named: Any) -> Any:
            result = attribute(*arguments, **named)
            with self._lock:
                waits = self._expected > 0
                self._expected -= 1
            if waits:
                self._barrier.wait(BARRIER_SECONDS)
            return result

        return call


def without_conditions(database: type[Database], *names: str) -> type[Database]:
    """Return a ``Database`` class that ignores conditions on these attributes."""

    class Unconditional(database):  # type: ignore[valid-type, misc]
        def transact(self, record: AuditRecord, *writes: Write, publish: bool = False) -> None:
            without_conditions = (_unconditional(write, names) for write in writes)
            super().transact(record, *without_conditions, publish=publish)

    return Unconditional


def _unconditional(write: Write, names: tuple[str, ...]) -> Write:
    ((kind, given),) = write.items()
    arguments = dict(given)
    aliases = arguments.get("ExpressionAttributeNames", {})
    ignored = [alias for alias, name in aliases.items() if name in names]
    clauses = _clauses(arguments.pop("ConditionExpression", ""))
    kept = [clause for clause in clauses if clause and not _mentions(clause, ignored)]
    if kept:
        arguments["ConditionExpression"] = " AND ".join(kept)
    expressions = f"{arguments.get('ConditionExpression')} {arguments.get('UpdateExpression')}"
    # DynamoDB refuses names and values that no expression uses.
    for part in ("ExpressionAttributeNames", "ExpressionAttributeValues"):
        present: Mapping[str, Any] = arguments.pop(part, {})
        used = {key: value for key, value in present.items() if _mentions(expressions, [key])}
        if used:
            arguments[part] = used
    return {kind: arguments}


def _clauses(condition: str) -> list[str]:
    """The parts of a condition between its ANDs, except those inside parentheses."""
    clauses = [""]
    for part in re.split(r"( AND )", condition):
        open_still = clauses[-1].count("(") > clauses[-1].count(")")
        if part == " AND " and not open_still:
            clauses.append("")
        else:
            clauses[-1] += part
    return clauses


def _mentions(expression: str, aliases: list[str]) -> bool:
    return any(re.search(rf"{re.escape(alias)}(?!\w)", expression) for alias in aliases)


class _NoLock:
    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...


class _Interleaved:
    """After each read two threads wait for each other, if there is a barrier."""

    barrier: Barrier | None = None

    def _meet(self) -> None:
        if self.barrier is not None:
            self.barrier.wait(BARRIER_SECONDS)


class _InterleavedBudgets(_Interleaved, Budgets):
    def get(self, name: str, now: datetime) -> datetime | None:
        found = super().get(name, now)
        self._meet()
        return found


class _InterleavedDict(_Interleaved, dict[Any, Any]):
    def __contains__(self, key: object) -> bool:
        found = super().__contains__(key)
        self._meet()
        return found

    def get(self, key: Any, default: Any = None) -> Any:
        found = super().get(key, default)
        self._meet()
        return found


class UnlockedMemoryStore:
    """The memory store without its lock.

    Within ``interleaved``, two threads read a table before either continues.
    """

    def __init__(self) -> None:
        self.rows = _InterleavedDict()
        self.email_owners = _InterleavedDict()
        self.login_budgets = _InterleavedBudgets()
        tables: Any = Tables()
        tables.lock = _NoLock()
        tables.rows, tables.email_owners = self.rows, self.email_owners
        tables.login_budgets = self.login_budgets
        self.storage = Storage(
            customers=MemoryCustomerRepository(tables),
            sessions=MemorySessionRepository(tables),
            audit_log=MemoryAuditLog(tables),
            session_changes=MemorySessionChangeLog(tables),
            login_throttle=MemoryLoginThrottle(tables),
            probe=MemoryStoreProbe(),
        )

    @staticmethod
    @contextmanager
    def interleaved(table: _Interleaved) -> Iterator[None]:
        table.barrier = Barrier(2)
        yield
        table.barrier = None
