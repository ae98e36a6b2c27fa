"""A stub of any port, of which every method fails."""

from collections.abc import Callable
from typing import Any, NoReturn


class FailingPort:
    """Raises ``error`` from every method."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def fail(*_: object, **__: object) -> NoReturn:
            raise self._error

        return fail
