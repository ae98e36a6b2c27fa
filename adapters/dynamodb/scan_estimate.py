"""What a list of all customers costs, from DynamoDB's own count of the table."""

from contextlib import closing
from math import ceil
from typing import Final

from ...domain.customer_page import MAX_PAGE
from ...domain.errors import StoreFaultError
from ...ports.scan_estimate import ScanEstimate
from .provisioning.provisioner import operator_errors, provisioning_client
from .provisioning.table_state import describe_table

_READ_UNIT: Final = 4096
"""Bytes. An eventually consistent read takes half a unit for each, rounded up a page."""


def estimate_scan(endpoint: str | None, prefix: str) -> ScanEstimate:
    """The estimate for the table of customers. DynamoDB counts it about every six hours.

    Raises:
        SettingsError: names the AWS variable that is missing or wrong.
        StoreFaultError: the table does not exist, or cannot be described.
    """
    name = f"{prefix}customer"
    with closing(provisioning_client(endpoint)) as client, operator_errors(client):
        table = describe_table(client, name)
    if table is None:
        raise StoreFaultError(
            f"the table {name} does not exist: run `cybershop-customer tables create` first"
        )
    items, stored = table.get("ItemCount", 0), table.get("TableSizeBytes", 0)
    pages = max(1, ceil(items / MAX_PAGE))
    # Rounding adds less than one unit to each page.
    half_units = ceil(stored / _READ_UNIT) + pages
    return ScanEstimate(items, pages, read_units=half_units / 2, write_units=pages)
