"""A spy in front of a port: records the calls, and can act before one or fail it."""

from collections import defaultdict, deque
from collections.abc import Callable
from typing import Any


class CallLog:
    """The calls of several ports, in the order in which they were made."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._hooks: dict[str, deque[Callable[[], object]]] = defaultdict(deque)

    def before(self, name: str, *actions: Callable[[], object]) -> None:
        """Do the first action before the next call of ``name``, the second before the one after it.

        If an action raises, the port is not called.
        """
        self._hooks[name].extend(actions)

    def fail(self, name: str, error: Exception, times: int = 1) -> None:
        """Raise ``error`` at the next ``times`` calls of ``name`` instead."""

        def raise_it() -> None:
            raise error

        self.before(name, *[raise_it] * times)

    def record(self, name: str) -> None:
        self.names.append(name)
        if self._hooks[name]:
            self._hooks[name].popleft()()

    def during(self, action: Callable[[], object]) -> list[str]:
        """The calls that ``action`` makes; an error that it raises is ignored."""
        start = len(self.names)
        try:
            action()
        except Exception:  # noqa: BLE001 (only the calls matter)
            return self.names[start:]
        return self.names[start:]


class PortRecorder:
    """Passes every call on to a port, and records it in ``calls`` as ``name.method``."""

    def __init__(self, port: object, name: str, calls: CallLog) -> None:
        self._port = port
        self._name = name
        self._calls = calls

    def __getattr__(self, method: str) -> Callable[..., Any]:
        passed_on = getattr(self._port, method)

        def call(*args: Any, **kwargs: Any) -> Any:
            self._calls.record(f"{self._name}.{method}")
            return passed_on(*args, **kwargs)

        return call
