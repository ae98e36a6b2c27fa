"""What one check found."""

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    """The service can work, but somebody should look at it."""
    FAILED = "failed"
    """The service cannot work, or not fully."""
    SKIPPED = "skipped"
    """It cannot be known, or something else has to be mended first."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found. Holds no secrets."""

    check: str
    status: Status
    detail: str
    remedy: str = ""
    """How to mend it, where that is known."""
