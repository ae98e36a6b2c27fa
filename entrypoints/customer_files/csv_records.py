"""Reads CSV (RFC 4180) in UTF-8. The first line has the names of the fields."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from ...domain.errors import FieldFault
from .file_record import FileRecord, UnreadableFileError


def read_csv(lines: Iterable[str]) -> Iterator[FileRecord]:
    """The records of ``lines``, one by one. An empty cell is a value that is not given.

    A record has the number of the line on which it begins, since a quoted cell may have several.
    No cell may have more than 131,072 characters, which bounds the memory.

    Raises:
        UnreadableFileError: the first line does not name the fields.
    """
    rows = csv.reader(lines, strict=True)
    names = _read_header(rows)
    if names is None:
        return
    while True:
        number = rows.line_num + 1
        try:
            row = next(rows, None)
        except csv.Error:
            yield _faulty(number, "is no CSV: look at its quotes")
            continue
        if row is None:
            return
        if not row:
            # An empty line.
            continue
        if len(row) != len(names):
            yield _faulty(number, f"must have {len(names)} cells, as the first line has")
            continue
        given = zip(names, row, strict=True)
        yield FileRecord(number, {name: cell for name, cell in given if cell})


def _read_header(rows: Iterator[Sequence[str]]) -> list[str] | None:
    """The names of the fields; None if the file is empty."""
    try:
        found = list(islice(rows, 1))
    except csv.Error:
        found = [[""]]
    if not found:
        return None
    names = [name.strip() for name in found[0]]
    if "customer_id" not in names or len(set(names)) != len(names):
        raise UnreadableFileError(
            "its first line must have the name of each column once, with commas between them, and"
            " customer_id among them: docs/import.md lists the names"
        )
    return names


def _faulty(number: int, detail: str) -> FileRecord:
    return FileRecord(number, fault=FieldFault("the line", detail))
