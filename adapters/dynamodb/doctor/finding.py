"""The finding of one check."""

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """How serious a finding is."""

    OK = "ok"
    WARNING = "warning"
    """The service can work, but an operator should look at this."""
    FAILED = "failed"
    """The service, or a part of it, cannot work."""
    SKIPPED = "skipped"
    """The check is not possible here, or depends on a check that failed."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The finding of one check. It holds no secrets."""

    check: str
    status: Status
    detail: str
    remedy: str = ""
    """How to fix it; empty if nothing is wrong or the fix is not known."""
