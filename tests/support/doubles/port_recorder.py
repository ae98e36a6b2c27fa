"""Stands before a port: writes down the calls, and lets something happen just before one."""

from collections import defaultdict, deque
from collections.abc import Callable
from typing import Any


class CallLog:
    """The calls of several ports, in one order."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._hooks: dict[str, deque[Callable[[], object]]] = defaultdict(deque)

    def before(self, name: str, *actions: Callable[[], object]) -> None:
        """At the next call of ``name`` do the first action, at the one after the second, …

        An action that raises keeps the port from being called.
        """
        self._hooks[name].extend(actions)

    def fail(self, name: str, error: Exception, times: int = 1) -> None:
        """Raise ``error`` at the next ``times`` calls of ``name``, instead of calling it."""

        def raise_it() -> None:
            raise error

        self.before(name, *[raise_it] * times)

    def called(self, name: str) -> None:
        self.names.append(name)
        if self._hooks[name]:
            self._hooks[name].popleft()()

    def during(self, action: Callable[[], object]) -> list[str]:
        """What ``action`` calls; an error that it raises is of no interest."""
        start = len(self.names)
        try:
            action()
        except Exception:  # noqa: BLE001 (of no interest)
            return self.names[start:]
        return self.names[start:]


class PortRecorder:
    """Passes every call of a port on, and reports it to ``calls`` as ``name.method``."""

    def __init__(self, port: object, name: str, calls: CallLog) -> None:
        self._port = port
        self._name = name
        self._calls = calls

    def __getattr__(self, method: str) -> Callable[..., Any]:
        passed_on = getattr(self._port, method)

        def call(*args: Any, **kwargs: Any) -> Any:
            self._calls.called(f"{self._name}.{method}")
            return passed_on(*args, **kwargs)

        return call
