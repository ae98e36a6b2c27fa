"""Repeats a change that lost a race."""

from collections.abc import Callable
from typing import Final, TypeVar

from ..errors import VersionConflictError

ATTEMPTS: Final = 5

T = TypeVar("T")


def retry_on_conflict(change: Callable[[], T]) -> T:
    """``change()``, again from its own fresh read whenever it raises VersionConflictError.

    Raises:
        VersionConflictError: five times in a row somebody else was faster.
    """
    for _ in range(ATTEMPTS - 1):
        try:
            return change()
        except VersionConflictError:
            continue
    return change()
