"""A spy that records every change of a store."""

from dataclasses import replace
from typing import Any, Final

from cybershop_customer import Storage

_CHANGING: Final = {
    *("add", "update", "issue_token", "delete"),
    *("open", "extend", "close", "close_others", "close_all"),
}


class _ChangeRecorder:
    """Passes each call on, and records the calls that changed something."""

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
    """Return the same store behind recorders, and the list of successful changes."""
    changes: list[str] = []
    customers: Any = _ChangeRecorder(storage.customers, changes)
    sessions: Any = _ChangeRecorder(storage.sessions, changes)
    audit_log: Any = _ChangeRecorder(storage.audit_log, changes)
    recorded = replace(storage, customers=customers, sessions=sessions, audit_log=audit_log)
    return recorded, changes
