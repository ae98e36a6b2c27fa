"""Reads CSV (RFC 4180) in UTF-8. The first line has the names of the fields."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from ...domain.errors import FieldFault
from .file_lines import MAX_LINE
from .file_record import FileRecord, LineTooLongError, UnreadableFileError


class _RecordLines(Iterator[str]):
    """The lines of one record at a time. An open quote makes the next line part of the record."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._length = 0
        self.number = 0
        """The number of the line that was taken last."""

    def begin_record(self) -> None:
        """The next line begins a record."""
        self._length = 0

    def __next__(self) -> str:
        self.number += 1
        line = next(self._lines)
        self._length += len(line)
        if self._length > MAX_LINE:
            raise LineTooLongError
        return line


def read_csv(lines: Iterable[str]) -> Iterator[FileRecord]:
    """The records of ``lines``, one by one. An empty cell is a value that is not given.

    A record has the number of the line on which it begins, since a quoted cell may have several.
    No cell may have more than 131,072 characters and no record more than ``MAX_LINE``, which
    bounds the memory.

    Raises:
        UnreadableFileError: the first line does not name the fields.
    """
    taken = _RecordLines(lines)
    rows = csv.reader(taken, strict=True)
    names = _read_header(rows)
    if names is None:
        return
    while True:
        number = taken.number + 1
        taken.begin_record()
        try:
            row = next(rows, None)
        except LineTooLongError:
            yield _faulty(number, f"must have at most {MAX_LINE} characters")
            continue
        except csv.Error:
            yield _faulty(number, "is no CSV: look at its quotes")
            continue
        if row is None:
            return
        if not row:
            # An empty line.
            continue
        if len(row) != len(names):
            hint = ": put a cell with commas between quotes" if len(row) > len(names) else ""
            yield _faulty(number, f"has {len(row)} cells, and the first line {len(names)}{hint}")
            continue
        given = zip(names, row, strict=True)
        yield FileRecord(number, {name: cell for name, cell in given if cell})


def _read_header(rows: Iterator[Sequence[str]]) -> list[str] | None:
    """The names of the fields; None if the file is empty."""
    try:
        found = list(islice(rows, 1))
    except (csv.Error, LineTooLongError):
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
