"""A storage port whose calls are watched, by metrics or by traces."""

from collections.abc import Callable
from functools import partial
from typing import Any

Call = Callable[..., Any]


class WrappedPort:
    """Has the methods of ``port``. Each is wrapped at its first call.

    A method that is replaced on ``port`` later, by a test for example, is the one that is called.

    Args:
        port: any port.
        wrap: makes the watched call of a method, from its name and the call itself.
    """

    def __init__(self, port: object, wrap: Callable[[str, Call], Call]) -> None:
        self._port = port
        self._wrap = wrap

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 (any attribute of the port)
        member = getattr(self._port, name)
        if name.startswith("_") or not callable(member):
            return member
        wrapped = self._wrapped(name)
        # The next call finds it without this method.
        setattr(self, name, wrapped)
        return wrapped

    def _wrapped(self, name: str) -> Call:
        return self._wrap(name, partial(_call, self._port, name))


def _call(port: object, name: str, /, *arguments: object, **named: object) -> object:
    return getattr(port, name)(*arguments, **named)
