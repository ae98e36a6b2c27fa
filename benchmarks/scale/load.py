"""The load for which the figures are computed."""

from typing import Final

CUSTOMERS: Final = 100_000_000
CHECKS: Final = 1_000_000
"""Session checks a second."""
LOGINS: Final = 20_000
"""A second."""
LOGOUTS: Final = 5_000
"""A second. The other sessions expire."""
UNKNOWN_NAMES: Final = 1_000
"""Failed logins a second under names that no customer has."""
SESSIONS_EACH: Final = 4
DEVICES_EACH: Final = 3
CHECKS_EACH: Final = 0.1
"""Checks a second of one session in use."""
RETENTION_DAYS: Final = 400

SESSIONS_IN_USE: Final = CHECKS / CHECKS_EACH
EXTEND_SECONDS: Final = 180
"""A session in use is extended after a tenth of its idle time of 30 minutes."""
EXTENSIONS: Final = SESSIONS_IN_USE / EXTEND_SECONDS
"""A second."""


def asked(max_age: float) -> float:
    """The checks a second that a cache passes on, if a session always comes to the same process.

    A check at a random time after the last one that was passed on finds an answer of up to
    ``max_age`` seconds; the next one after that is passed on.
    """
    return SESSIONS_IN_USE / (max_age + 1 / CHECKS_EACH)
