"""The lines of a file that is imported: bounded in length, and hashed on the way."""

import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Final, TextIO

from .file_record import UnreadableLineError

MAX_LINE: Final = 2**24
"""The most characters of a line, so that no file fills the memory."""

# What the file has instead of a byte that is not UTF-8: see ``errors="surrogateescape"``.
_NOT_UTF_8: Final = re.compile("[\ud800-\udfff]")


def line_too_long(limit: int) -> UnreadableLineError:
    """The error of a line, or of a CSV record of several lines, that is too long."""
    return UnreadableLineError(f"must have at most {limit} characters")


class FileLines(Iterator[str]):
    """The lines of ``file``, and the digest of those that were taken.

    ``next`` raises UnreadableLineError for a line that is not UTF-8 or has more than ``limit``
    characters; the line is skipped then, and the next call returns the one after it.
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
            raise line_too_long(self._limit)
        if not line.isascii() and _NOT_UTF_8.search(line):
            raise UnreadableLineError("is not UTF-8: save the file in that encoding")
        return line

    def _take(self) -> str:
        part = self._file.readline(self._limit + 1)
        self._digest.update(part.encode(errors="surrogateescape"))
        return part

    def digest(self) -> str:
        """The SHA-256 of the lines so far, in hexadecimal."""
        return self._digest.hexdigest()
