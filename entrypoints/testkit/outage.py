"""A store that can be taken away."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

from ...domain.errors import StoreUnavailableError
from ...ports.storage import Storage


class Outage:
    """While ``active``, the stores under it answer nothing."""

    def __init__(self) -> None:
        self.active = False

    def over(self, storage: Storage) -> Storage:
        """The same store; during the outage each call raises StoreUnavailableError."""
        parts: dict[str, Any] = {
            port.name: _Part(getattr(storage, port.name), self)
            for port in fields(storage)
            if port.name != "time"
        }
        return Storage(**parts, time=storage.time)


class _Part:
    """Stands before one port, whichever it is."""

    def __init__(self, part: object, outage: Outage) -> None:
        self._part = part
        self._outage = outage

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._part, name)

        def call(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 (of any port)
            if self._outage.active:
                raise StoreUnavailableError
            return method(*arguments, **named)

        return call
