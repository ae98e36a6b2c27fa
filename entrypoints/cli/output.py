"""What commands print: JSON, or a table that suits a terminal or a pipe."""

import json
import re
import sys
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager, nullcontext, redirect_stdout
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rich.table import Table

EMPTY: Final = "-"
"""What a table shows where there is no value."""
_ANY_WIDTH: Final = 10_000

_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def print_json(found: object) -> None:
    """Print one JSON value."""
    print(json.dumps(found, indent=2))


@contextmanager
def text_on_stderr(*, as_json: bool) -> Generator[None]:
    """Print the block's text to the standard error, if JSON is to follow on the standard output."""
    with redirect_stdout(sys.stderr) if as_json else nullcontext():
        yield


def printable(text: str) -> str:
    """``text`` in one line; control characters, which could steer a terminal, are escaped.

    Customers and their programs choose some of what the store holds.
    """
    return _UNPRINTABLE.sub(lambda found: ascii(found[0])[1:-1], text)


def whole_seconds(moment: datetime) -> str:
    """``moment`` in UTC, without a fraction of a second, as a reader of a table wants it."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table: drawn on a terminal, else a line a row, with a tab between two cells.

    An empty cell is shown as ``EMPTY``.
    """
    print_table_parts(columns, [rows])


def print_table_parts(columns: Sequence[str], parts: Iterable[Sequence[Sequence[str]]]) -> None:
    """Print the rows of each part as soon as it comes. A terminal gets a table for each part."""
    # None is a closed standard output.
    if sys.stdout is not None and sys.stdout.isatty():  # pyright: ignore[reportUnnecessaryComparison]
        is_first = True
        for part in parts:
            # A part may be empty, and only the first table shows that there is nothing.
            if part or is_first:
                _draw(columns, [_cells(row) for row in part])
            is_first = False
        return
    print("\t".join(columns), flush=True)
    for part in parts:
        for row in part:
            print("\t".join(_cells(row)), flush=True)


def _cells(row: Sequence[str]) -> list[str]:
    return [printable(cell) or EMPTY for cell in row]


def _draw(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Draw a table, or print a line for each field if the terminal is too narrow for it."""
    # Slow to load, and a pipe needs none of it.
    from rich.console import Console  # noqa: PLC0415

    console = Console(file=sys.stdout)
    table = _table(columns, rows)
    wide = console.options.update(width=_ANY_WIDTH, max_width=_ANY_WIDTH)
    if console.measure(table, options=wide).minimum <= console.width or not rows:
        console.print(table)
        return
    _print_fields(columns, rows)


def _print_fields(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a line for each field. A terminal goes on in its next line, and copies one word."""
    if len(columns) == len(("field", "value")):
        columns, rows = [row[0] for row in rows], [[row[1] for row in rows]]
    width = max(map(len, columns))
    for row in rows:
        print()
        for name, cell in zip(columns, row, strict=True):
            print(f"  {name:{width}}  {cell}")


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> "Table":
    """A table that breaks lines at spaces only: an id, an address or a time stays whole."""
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415
    from rich.table import Column, Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    words = [
        max((word for row in rows for word in row[index].split()), key=len, default="")
        for index in range(len(columns))
    ]
    spaced = [any(" " in row[index] for row in rows) for index in range(len(columns))]
    table = Table(
        *(
            Column(name, no_wrap=not wraps, min_width=max(len(name), len(word)))
            for name, word, wraps in zip(columns, words, spaced, strict=True)
        ),
        box=SIMPLE_HEAD,
    )
    for row in rows:
        # rich would read a str as markup.
        table.add_row(*(Text(cell, overflow="fold") for cell in row))
    return table
