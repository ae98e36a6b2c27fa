"""What commands print: JSON, or a table that suits a terminal or a pipe."""

import json
import re
import sys
from collections.abc import Sequence
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
    rows = [[printable(cell) for cell in row] for row in rows]
    # None is a closed standard output.
    if sys.stdout is not None and sys.stdout.isatty():  # pyright: ignore[reportUnnecessaryComparison]
        _draw(columns, rows)
        return
    for row in (columns, *rows):
        print("\t".join(row))


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
