"""An outage of a store, for tests."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

from ...domain.errors import StoreUnavailableError
from ...ports.storage import Storage


class Outage:
    """While ``active``, every call to the stores that it covers fails."""

    def __init__(self) -> None:
        self.active = False

    def cover(self, storage: Storage) -> Storage:
        """The same storage, but during the outage each call raises StoreUnavailableError."""
        parts: dict[str, Any] = {
            port.name: _CoveredPort(getattr(storage, port.name), self)
            for port in fields(storage)
            if port.name != "time"
        }
        return Storage(**parts, time=storage.time)


class _CoveredPort:
    """Passes on the calls to one storage port, of any kind."""

    def __init__(self, port: object, outage: Outage) -> None:
        self._port = port
        self._outage = outage

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._port, name)

        def call(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 (of any port)
            if self._outage.active:
                raise StoreUnavailableError
            return method(*arguments, **named)

        return call
