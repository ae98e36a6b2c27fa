"""The report of an import: each refused record with its number and the reason."""

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

from .import_batches import ImportResult
from .import_errors import ImportFailedError


class ImportReport:
    """Prints each refused record, or writes it to a file as one JSON object a line.

    Neither has a value of the record but the ``customer_id``.

    Args:
        path: the file, which only its owner can read; it is replaced by a new import, and
            continued by a resumed one. None to print.
        show: prints a line.
    """

    def __init__(self, path: Path | None, show: Callable[[str], object]) -> None:
        self._path = path
        self._show = show
        self._file: BinaryIO | None = None

    def begin(self, length: int) -> None:
        """Keep the first ``length`` bytes of the report, which an earlier run has written.

        Raises:
            ImportFailedError: the file cannot be written.
        """
        if self._path is None:
            return
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            self._file = os.fdopen(descriptor, "r+b")
            self._file.truncate(length)
            self._file.seek(length)
        except OSError as error:
            raise self._failure(error) from error

    def add(self, refused: Sequence[ImportResult]) -> int:
        """Report the records. Returns the length of the file, which is durable then.

        Raises:
            ImportFailedError: the file cannot be written.
        """
        if self._file is None:
            for result in refused:
                self._show(f"{result.unit} {result.number}: {result.reason}")
            return 0
        try:
            for result in refused:
                entry = {
                    str(result.unit): result.number,
                    "customer_id": result.customer_id,
                    "reason": result.reason,
                }
                self._file.write(json.dumps(entry).encode() + b"\n")
            if refused:
                self._file.flush()
                os.fsync(self._file.fileno())
            return self._file.tell()
        except OSError as error:
            raise self._failure(error) from error

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def _failure(self, error: OSError) -> ImportFailedError:
        reason = error.strerror or str(error)
        return ImportFailedError(
            f"cannot write {self._path}: {reason}. Name another file with --report"
        )
