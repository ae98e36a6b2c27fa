"""Repeats a change that lost a race."""

from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

from ..errors import VersionConflictError

ATTEMPTS: Final = 5

P = ParamSpec("P")
T = TypeVar("T")


def retry_on_conflict(change: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """``change(...)``, again from its own fresh read whenever it raises VersionConflictError.

    Raises:
        VersionConflictError: five times in a row somebody else was faster.
    """
    for _ in range(ATTEMPTS - 1):
        try:
            return change(*args, **kwargs)
        except VersionConflictError:
            continue
    return change(*args, **kwargs)
