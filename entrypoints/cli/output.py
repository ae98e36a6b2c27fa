"""What commands print: JSON, or a table that suits a terminal or a pipe."""

import json
import re
import sys
from collections.abc import Iterable, Sequence
from typing import Final

_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def print_json(found: object) -> None:
    """Print one JSON value."""
    print(json.dumps(found, indent=2))


def printable(text: str) -> str:
    """``text`` in one line; control characters, which could steer a terminal, are escaped.

    Customers and their programs choose some of what the store holds.
    """
    return _UNPRINTABLE.sub(lambda found: ascii(found[0])[1:-1], text)


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table: drawn on a terminal, else a line a row, with a tab between two cells."""
    print_table_parts(columns, [rows])


def print_table_parts(columns: Sequence[str], parts: Iterable[Sequence[Sequence[str]]]) -> None:
    """Print the rows of each part as soon as it comes. A terminal gets a table for each part."""
    # None is a closed standard output.
    if sys.stdout is not None and sys.stdout.isatty():  # pyright: ignore[reportUnnecessaryComparison]
        is_first = True
        for part in parts:
            # A part may be empty, and only the first table shows that there is nothing.
            if part or is_first:
                _draw(columns, [[printable(cell) for cell in row] for row in part])
            is_first = False
        return
    print("\t".join(columns), flush=True)
    for part in parts:
        for row in part:
            print("\t".join(printable(cell) for cell in row), flush=True)


def _draw(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    # Slow to load, and a pipe needs none of it.
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(*columns, box=SIMPLE_HEAD)
    for row in rows:
        # rich would read a str as markup.
        table.add_row(*(Text(cell, overflow="fold") for cell in row))
    Console(file=sys.stdout).print(table)
