"""A part that fails, whatever it is asked."""

from collections.abc import Callable
from typing import Any, NoReturn


class FailingPort:
    """Stands for any port; each of its methods raises ``error``."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def fail(*_: object, **__: object) -> NoReturn:
            raise self._error

        return fail
