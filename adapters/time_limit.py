"""The rule for the time limit of every checker that asks another process."""

from typing import Final

from ..domain.errors import FieldFault, SettingsError

MAX_TIME_LIMIT: Final = 60
"""Seconds."""


def checked_time_limit(seconds: float) -> float:
    """Return the argument ``time_limit``.

    Raises:
        SettingsError: it is out of range.
    """
    if not _is_in_range(seconds):
        detail = f"must be a number of seconds above 0, at most {MAX_TIME_LIMIT}"
        raise SettingsError([FieldFault("time_limit", detail)])
    return seconds


def _is_in_range(seconds: object) -> bool:
    # Written so that NaN is refused too, and a text such as an environment variable.
    return isinstance(seconds, int | float) and 0 < seconds <= MAX_TIME_LIMIT
