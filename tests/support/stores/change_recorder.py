"""Sees every change that goes through the ports of a store."""

from dataclasses import replace
from typing import Any, Final

from cybershop_customer import Storage

_CHANGING: Final = {"add", "update", "delete", "open", "extend", "close", "close_all"}


class _Watched:
    """Passes each call on, and notes those that changed something."""

    def __init__(self, port: object, changes: list[str]) -> None:
        self._port = port
        self._changes = changes

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)

        def call(*arguments: Any, **named: Any) -> Any:
            result = method(*arguments, **named)
            if name in _CHANGING and result is not False:
                self._changes.append(f"{name}{arguments}")
            if name == "append" and arguments[0].status_code == 200:
                self._changes.append(f"a record of a success: {arguments[0]}")
            return result

        return call


def record_changes(storage: Storage) -> tuple[Storage, list[str]]:
    """The same store, and a list that grows with each change that succeeds."""
    changes: list[str] = []
    customers: Any = _Watched(storage.customers, changes)
    sessions: Any = _Watched(storage.sessions, changes)
    audit_log: Any = _Watched(storage.audit_log, changes)
    seen = replace(storage, customers=customers, sessions=sessions, audit_log=audit_log)
    return seen, changes
