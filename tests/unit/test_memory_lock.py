"""A change of the store in memory takes the lock first, and then reads and writes."""

from collections.abc import Callable
from threading import RLock
from typing import Any

import pytest
from support.builders.values import (
    LIVE,
    a_change_of_email,
    a_charge,
    a_customer,
    a_record,
    a_session,
    added,
    an_attempt,
    an_opening,
    an_update,
    opened,
)

from cybershop_customer import Storage
from cybershop_customer.adapters.forking.fork_safe_lock import ForkSafeLock
from cybershop_customer.adapters.memory.storage import memory_storage
from cybershop_customer.entrypoints.testkit.clock import START


class CountingLock:
    """Counts how often it is taken, and knows whether it is held."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._depth = 0
        self.times_taken = 0

    def __enter__(self) -> None:
        self._lock.acquire()
        self._depth += 1
        self.times_taken += self._depth == 1

    def __exit__(self, *_: object) -> None:
        self._depth -= 1
        self._lock.release()

    @property
    def held(self) -> bool:
        return self._depth > 0


class GuardedDict(dict[Any, Any]):
    """Can be read and changed only while ``lock`` is held."""

    lock: CountingLock


def _guarded(name: str) -> Callable[..., Any]:
    def method(self: GuardedDict, *args: Any) -> Any:
        assert self.lock.held, f"{name} without the lock"
        return getattr(dict, name)(self, *args)

    return method


for _name in (
    *("__getitem__", "__setitem__", "__delitem__", "__contains__", "__iter__"),
    *("get", "pop", "setdefault", "items", "keys", "values"),
):
    setattr(GuardedDict, _name, _guarded(_name))


def guarded(storage: Storage) -> CountingLock:
    """Guard all data of ``storage``."""
    tables: Any = storage.customers._tables
    assert isinstance(tables.lock, ForkSafeLock)
    throttle: Any = storage.login_throttle
    assert throttle._lock is tables.lock
    tables.lock = throttle._lock = lock = CountingLock()
    for owner in (tables, tables.tombstones):
        for name, table in vars(owner).items():
            if isinstance(table, dict):
                watched = GuardedDict(table)
                watched.lock = lock
                setattr(owner, name, watched)
    return lock


STORED = a_customer()
SESSION = a_session(STORED.customer_id)
CHANGES: dict[str, Callable[[Storage], object]] = {
    "add": added,
    "update": lambda storage: storage.customers.update(
        an_update(STORED, password_hash="new", email=a_change_of_email(STORED, "new")),
        a_record(STORED.customer_id),
    ),
    "delete": lambda storage: storage.customers.delete(STORED, a_record(STORED.customer_id)),
    "delete with a tombstone": lambda storage: storage.customers.delete(
        STORED, a_record(STORED.customer_id), id_kept_until=START
    ),
    "open": lambda storage: opened(storage, STORED),
    "extend": lambda storage: storage.sessions.extend(SESSION, START),
    "close": lambda storage: storage.sessions.close(
        STORED.customer_id, SESSION.session_id, LIVE, a_record(STORED.customer_id)
    ),
    "close_all": lambda storage: storage.sessions.close_all(
        STORED.customer_id, a_record(STORED.customer_id)
    ),
    "append": lambda storage: storage.audit_log.append(a_record("ann")),
    "charge": lambda storage: storage.login_throttle.charge(an_attempt()),
    "refund": lambda storage: storage.login_throttle.refund(a_charge(), START),
    "reset": lambda storage: storage.login_throttle.reset(["a key"], a_record("ann")),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_every_change_is_one_step_under_the_lock(change: Callable[[Storage], object]) -> None:
    storage = memory_storage()
    storage.customers.add(STORED, a_record(STORED.customer_id))
    storage.sessions.open(an_opening(SESSION), a_record(STORED.customer_id))
    lock = guarded(storage)

    change(storage)

    assert lock.times_taken == 1
    assert not lock.held
