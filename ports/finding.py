"""The result of one check of a store."""

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """How serious the result is."""

    OK = "ok"
    NOTE = "note"
    """The service works, and the operator may want to know this."""
    WARNING = "warning"
    """The service can work, but the operator should look at this."""
    FAILED = "failed"
    """The service cannot work, or works only in part."""
    SKIPPED = "skipped"
    """The check was not possible, or another problem has to be fixed first."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check. It holds no secrets."""

    check: str
    status: Status
    detail: str
    remedy: str = ""
    """How to fix the problem; empty if no fix is known or needed."""
