"""What operations cost on DynamoDB: rows of the table in docs/costs.md."""

from dataclasses import dataclass
from typing import Final

# AWS's list price in us-east-1, in US dollars for a million request units ("Amazon DynamoDB
# pricing for on-demand capacity", standard table class, November 2024 and later).
READ_PRICE: Final = 0.125
WRITE_PRICE: Final = 0.625


@dataclass(frozen=True, slots=True)
class Units:
    """Read and write request units."""

    read: float
    write: float

    def __add__(self, other: "Units") -> "Units":
        return Units(self.read + other.read, self.write + other.write)

    def __mul__(self, times: float) -> "Units":
        return Units(self.read * times, self.write * times)


UNITS: Final = {
    "add": Units(0.5, 6),
    "charge and refund": Units(0, 2),
    "delete": Units(1, 6),
    "extend": Units(0, 1),
    "login by e-mail": Units(1.5, 4),
    "logout": Units(0, 4),
    "own password": Units(1, 8),
    "own profile": Units(1, 4),
    "page of the log": Units(1, 0),
    "probe": Units(0.5, 0),
    "refusal in the log": Units(0, 1),
    "verify": Units(1, 0),
}
"""Rows of the first table."""

UNITS_WITH_FEED: Final = {
    "delete": Units(1, 8),
    "logout": Units(0, 6),
    "own password": Units(1, 10),
    "read of the feed": Units(1, 0),
}
"""Rows of the table with the session change feed, without ``, with the feed``."""
