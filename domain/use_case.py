"""Which use case the current work belongs to, so that its calls to the store share one deadline."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from inspect import iscoroutinefunction, isfunction, isgeneratorfunction
from typing import Any, Final, TypeVar

ServiceT = TypeVar("ServiceT")


class UseCase:
    """One use case that is being served, from the call of the first public method to its end.

    The domain measures no time. An adapter whose calls take long sets the deadline at its first
    call, and keeps it in the later ones.
    """

    __slots__ = ("ends_at",)

    def __init__(self) -> None:
        self.ends_at: float | None = None
        """The moment of the adapter's clock at which the use case ends; None before the first
        call."""


_current: Final[ContextVar[UseCase | None]] = ContextVar(
    "cybershop_customer_use_case", default=None
)


def current_use_case() -> UseCase | None:
    """The use case that this thread (or task) serves; None outside of one."""
    return _current.get()


def leave_use_case() -> None:
    """Note that this thread serves no use case, such as a thread that inherited the context."""
    _current.set(None)


@contextmanager
def own_use_case() -> Generator[None]:
    """Work inside is a use case of its own, whatever time the one around it has left."""
    token = _current.set(UseCase())
    try:
        yield
    finally:
        _current.reset(token)


def use_cases(service: type[ServiceT]) -> type[ServiceT]:
    """Decorate a class whose own public methods are use cases. Inherited ones are not.

    A public method that another one calls belongs to the use case of its caller. A generator has
    no deadline, because its reader decides how long it runs.

    Raises:
        TypeError: a method is a coroutine function. It would run after its use case ended.
    """
    for name, member in list(vars(service).items()):
        if name.startswith("_") or not isfunction(member) or isgeneratorfunction(member):
            continue
        if iscoroutinefunction(member):
            raise TypeError(f"{name} is a coroutine function, and no use case. Make it a function")
        setattr(service, name, _one_use_case(member))
    return service


def _one_use_case(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def call(*arguments: object, **named: object) -> object:
        if _current.get() is not None:
            return method(*arguments, **named)
        with own_use_case():
            return method(*arguments, **named)

    return call
