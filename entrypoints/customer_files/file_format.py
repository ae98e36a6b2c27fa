"""The formats of files with customers."""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path

from .csv_records import read_csv
from .file_record import FileRecord
from .json_records import read_json


class FileFormat(StrEnum):
    """A format of files with customers."""

    JSON = "json"
    """One object a line; an import also reads the JSON of AWS's tools."""
    CSV = "csv"


def format_of(path: Path) -> FileFormat:
    """The format that the name of the file says: CSV for ``.csv``, and else JSON."""
    return FileFormat.CSV if path.suffix.lower() == ".csv" else FileFormat.JSON


def read_records(lines: Iterable[str], file_format: FileFormat) -> Iterator[FileRecord]:
    """The records of ``lines``.

    Raises:
        UnreadableFileError: the file has another format.
    """
    return read_csv(lines) if file_format is FileFormat.CSV else read_json(lines)
