"""Reads CSV (RFC 4180) in UTF-8. The first line has the names of the fields."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from ...domain.errors import FieldFault
from .customer_fields import FIELDS
from .file_lines import MAX_LINE, line_too_long
from .file_record import FileRecord, UnreadableFileError, UnreadableLineError


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
        try:
            line = next(self._lines)
        except StopIteration:
            self.number -= 1
            raise
        self._length += len(line)
        if self._length > MAX_LINE:
            raise line_too_long(MAX_LINE)
        return line


def read_csv(lines: Iterable[str]) -> Iterator[FileRecord]:
    """The records of ``lines``, one by one. An empty cell is a value that is not given.

    A record has the number of the line on which it begins, since a quoted cell may have several.
    If a record is at fault, so is each line that belongs to it: a quote that does not close takes
    the lines of other customers. It takes few, because no cell may have more than 131,072
    characters; and no record more than ``MAX_LINE``, which bounds the memory. No field that is
    imported may have a line break, so two such quotes are found too.

    Raises:
        UnreadableFileError: the first line does not name the fields.
    """
    taken = _RecordLines(lines)
    rows = csv.reader(taken, strict=True)
    names = _read_header(rows, taken)
    if names is None:
        return
    while True:
        number = taken.number + 1
        taken.begin_record()
        row: Sequence[str] | None = []
        fault: str | None
        try:
            row = next(rows, None)
        except UnreadableLineError as error:
            fault = str(error)
        except csv.Error:
            fault = "is no CSV: look at its quotes"
        else:
            if row is None:
                return
            fault = _cell_fault(row, names)
            if fault is None and taken.number > number:
                fault = _line_break_fault(row, names)
        if fault is not None:
            yield from _faulty(number, taken.number, fault)
        elif row:  # It is no empty line.
            given = zip(names, row, strict=True)
            yield FileRecord(number, {name: cell for name, cell in given if cell})


def _read_header(rows: Iterator[Sequence[str]], taken: _RecordLines) -> list[str] | None:
    """The names of the fields; None if the file is empty.

    A stray quote would make customers part of a name. They would be lost, and shown with the name.

    Raises:
        UnreadableFileError: the first line does not name the columns as docs/import.md says.
    """
    try:
        found = list(islice(rows, 1))
    except UnreadableLineError as error:
        raise UnreadableFileError(f"its first line {error}") from error
    except csv.Error:
        found = [[""]]
    if not found:
        return None
    if taken.number > 1:
        raise UnreadableFileError(
            f"a quote in its first line makes the lines up to {taken.number} part of it"
        )
    names = [name.strip() for name in found[0]]
    if names[:1] and names[0].startswith(("{", "[")):
        raise UnreadableFileError(
            "its first line is no CSV. If the file is JSON, add --format json"
        )
    if "customer_id" not in names or len(set(names)) != len(names):
        raise UnreadableFileError(
            "its first line must have the name of each column once, with commas between them"
            f"{_other_separator(names)}, and customer_id among them: docs/import.md lists the names"
        )
    return names


def _other_separator(names: Sequence[str]) -> str:
    """A hint, if the names stand in one cell, with another character than commas between them."""
    for separator, name in ((";", "semicolons"), ("\t", "tabs")):
        if len(names) == 1 and separator in names[0]:
            return f" and not {name}"
    return ""


def _cell_fault(row: Sequence[str], names: Sequence[str]) -> str | None:
    if not row or len(row) == len(names):
        return None
    hint = ": put a cell with commas between quotes" if len(row) > len(names) else ""
    return f"has {len(row)} cells, and the first line {len(names)}{hint}"


def _line_break_fault(row: Sequence[str], names: Sequence[str]) -> str | None:
    """A line break in a value that is imported is a quote too many: the next customer is in it."""
    for name, cell in zip(names, row, strict=False):
        if name in FIELDS and ("\n" in cell or "\r" in cell):
            return f"has a line break in {name}"
    return None


def _faulty(first: int, last: int, detail: str) -> Iterator[FileRecord]:
    """The lines of a record that has no values."""
    if last > first:
        detail += f". A quote in it makes the lines up to {last} part of it"
    yield FileRecord(first, fault=FieldFault("the line", detail))
    for number in range(first + 1, last + 1):
        detail = f"was not read: a quote makes it part of line {first}, which is at fault"
        yield FileRecord(number, fault=FieldFault("the line", detail))
