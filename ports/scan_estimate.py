"""What it takes to read all customers once."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ScanEstimate:
    """What a list of all customers takes, in the largest pages.

    The store's own figures may be hours old.
    """

    items: int
    """The items that are evaluated: customers, e-mail guards and others."""
    pages: int
    read_units: float
    write_units: int
    """Those of the audit records: one a page."""
