"""The lines of a file that is imported: bounded in length, and hashed on the way."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Final, TextIO

from .file_record import LineTooLongError

MAX_LINE: Final = 2**24
"""The most characters of a line, so that no file fills the memory."""


class FileLines(Iterator[str]):
    """The lines of ``file``, and the digest of those that were taken.

    ``next`` raises LineTooLongError for a line with more than ``limit`` characters; the line is
    skipped then, and the next call returns the one after it.
    """

    def __init__(self, file: TextIO, *, limit: int = MAX_LINE) -> None:
        self._file = file
        self._limit = limit
        self._digest = sha256()

    def __next__(self) -> str:
        line = self._take()
        if not line:
            raise StopIteration
        if len(line) > self._limit:
            part = line
            while part and not part.endswith(("\n", "\r")):
                part = self._take()
            raise LineTooLongError
        return line

    def _take(self) -> str:
        part = self._file.readline(self._limit + 1)
        self._digest.update(part.encode(errors="surrogateescape"))
        return part

    def digest(self) -> str:
        """The SHA-256 of the lines so far, in hexadecimal."""
        return self._digest.hexdigest()
