"""Customers of a list, as rows of a table or as JSON objects."""

import json
from collections.abc import Iterable
from typing import Final

from ...domain.customer_profile import CustomerProfile
from ..customer_json import listed_customer_json
from .output import print_table_parts, whole_seconds

_COLUMNS: Final = ("customer_id", "email", "fname", "lname", "roles", "created_at")


def print_customers(parts: Iterable[Iterable[CustomerProfile]], *, as_json: bool) -> None:
    """Print each part as soon as it is read: rows of a table, or a JSON object a line."""
    if as_json:
        for part in parts:
            for customer in part:
                print(json.dumps(listed_customer_json(customer)), flush=True)
        return
    print_table_parts(_COLUMNS, ([_cells(customer) for customer in part] for part in parts))


def _cells(customer: CustomerProfile) -> list[str]:
    shown = {
        **listed_customer_json(customer),
        "roles": ", ".join(sorted(customer.roles)),
        "created_at": whole_seconds(customer.created_at),
    }
    return [str(shown[name] or "") for name in _COLUMNS]
