"""Repeats a change that lost a race against another change."""

from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

from ..errors import VersionConflictError

ATTEMPTS: Final = 5

P = ParamSpec("P")
T = TypeVar("T")


def retry_on_conflict(change: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call ``change``, and call it again while it raises VersionConflictError.

    ``change`` reads the customer at each call.

    Raises:
        VersionConflictError: in five attempts in a row, another change came first.
    """
    try:
        return change(*args, **kwargs)
    except VersionConflictError:
        return retry_after_conflict(change, *args, **kwargs)


def retry_after_conflict(change: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Like ``retry_on_conflict``, for a caller whose own first attempt raised the conflict."""
    for _ in range(ATTEMPTS - 2):
        try:
            return change(*args, **kwargs)
        except VersionConflictError:
            continue
    return change(*args, **kwargs)
