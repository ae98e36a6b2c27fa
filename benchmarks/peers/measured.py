"""What a run measured, and the file that keeps it."""

import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

WATCH_SECONDS = 8.0
"""How long a check is repeated after the logout. More than any bound that a system here states."""
AT_ONCE_SECONDS = 0.0
"""The check that follows the logout refused the token."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One system."""

    name: str
    library: tuple[str, ...]
    """Its packages with their versions."""
    kept: str
    """Where the sessions are."""
    is_ours: bool
    costs: tuple[float, ...]
    """CPU time of a check in each round, in microseconds."""
    logout_seconds: float | None
    """How long after the logout the last check accepted the token; None if it still did after
    ``WATCH_SECONDS``."""
    ends: str
    """What ends a session that a logout does not end, or how late a logout may be seen."""

    @property
    def cost(self) -> float:
        """The median, in microseconds."""
        return statistics.median(self.costs)

    @property
    def quartiles(self) -> tuple[float, float]:
        """Half of the rounds are between them."""
        first, _, third = statistics.quantiles(self.costs, n=4, method="inclusive")
        return first, third

    @property
    def rate(self) -> float:
        """Checks a second on one core."""
        return 1e6 / self.cost

    @property
    def logout(self) -> str:
        """What a logout does, in words."""
        if self.logout_seconds is None:
            return f"never: {self.ends}"
        if self.logout_seconds == AT_ONCE_SECONDS:
            return "at once"
        return f"after {self.logout_seconds:.1f} s{self.ends and f': {self.ends}'}"


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One run."""

    python: str
    cores: int
    load: float
    """Of the machine, before."""
    flask_context: float
    """CPU time of Flask's request context alone, in microseconds."""
    rows: Sequence[Row]

    def by_rate(self) -> list[Row]:
        """The rows, the fastest first."""
        return sorted(self.rows, key=lambda row: row.cost)

    def write(self, path: Path) -> None:
        """Keep it in a file."""
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Self:
        """What ``write`` kept."""
        content: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        rows = [
            Row(**{**row, "costs": tuple(row["costs"]), "library": tuple(row["library"])})
            for row in content["rows"]
        ]
        return cls(**{**content, "rows": rows})
