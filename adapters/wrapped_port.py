"""A storage port whose calls are watched, by metrics or by traces."""

from collections.abc import Callable
from functools import partial
from typing import Any

Call = Callable[..., Any]
WrapCall = Callable[[str, Callable[[], Call]], Call]
"""Makes the watched call of a method, from its name and from what looks the method up."""


class WrappedPort:
    """Has the methods of ``port``. Each is wrapped at its first call.

    The watched call looks the method up each time, so a method that is replaced on ``port`` later,
    by a test for example, is the one that is called.

    Args:
        port: any port.
        wrap: makes the watched call of a method.
    """

    def __init__(self, port: object, wrap: WrapCall) -> None:
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
        # A function around the method would cost each call of the store a tenth of a microsecond.
        return self._wrap(name, partial(getattr, self._port, name))
