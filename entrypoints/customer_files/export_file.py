"""Writes all customers of a store, as an import reads them."""

import csv
import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from io import StringIO
from typing import Final

from ...domain.customer import Customer
from ...domain.store_entry import AuditEntry, CustomerEntry
from ...ports.bulk_access import BulkSource
from .customer_fields import EXPORTED, csv_cells, customer_values
from .file_format import FileFormat

PAGE: Final = 500
"""So many entries of the store are read at a time."""


def stored_customers(source: BulkSource, *, now: datetime) -> Iterator[list[Customer]]:
    """The customers of ``source`` that have not ended at ``now``, page by page.

    Raises:
        StoreUnavailableError: the store does not answer.
        StoreFaultError: the store refuses.
    """
    after: str | None = None
    while True:
        page = source.read_page(after, limit=PAGE)
        yield [
            entry.stored.customer
            for entry in page.entries
            if isinstance(entry, CustomerEntry) and not entry.has_ended(now)
        ]
        after = page.next_cursor
        # The audit records come last.
        if after is None or any(isinstance(entry, AuditEntry) for entry in page.entries):
            return


def export_lines(
    pages: Iterable[Iterable[Customer]], file_format: FileFormat, *, with_hashes: bool = False
) -> Iterator[bytes]:
    """The file, in UTF-8, a part for each page.

    Args:
        pages: the customers.
        file_format: one JSON object a line, or CSV with a line of names.
        with_hashes: whether each customer has the password hash.
    """
    if file_format is FileFormat.CSV:
        names = (*EXPORTED, "password_hash") if with_hashes else EXPORTED
        yield _csv([names])
    for page in pages:
        values = (customer_values(customer, with_hash=with_hashes) for customer in page)
        if file_format is FileFormat.CSV:
            yield _csv(map(csv_cells, values))
        else:
            yield "".join(f"{json.dumps(each, ensure_ascii=False)}\n" for each in values).encode()


def _csv(rows: Iterable[Iterable[str]]) -> bytes:
    text = StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
