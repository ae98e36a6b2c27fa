"""About 32,000 passwords that attackers try first, from a file in this package."""

import lzma
from bisect import bisect_left
from importlib.resources import files
from typing import Final

from ...ports.password_blocklist import PasswordBlocklist
from ..forking.fork_safe_lock import no_fork

DATA_FILE: Final = "common_passwords.txt.xz"
"""A line for each password, case-folded and sorted. ``tools/common_passwords.py`` writes it."""


class CommonPasswordBlocklist(PasswordBlocklist):
    """Loads its list at first use, in about 5 milliseconds.

    The list stays one text of 270 kilobytes, and each look-up is a binary search in it. A set of
    its lines would take 4 megabytes in each process.
    """

    def __init__(self) -> None:
        self._lines: _SortedLines | None = None

    def contains(self, password: str) -> bool:
        lines = self._lines
        if lines is None:
            # In Python 3.11 cached_property has a lock, which a forked child could inherit.
            with no_fork:
                lines = self._lines = self._lines or _load()
        # The list has no lone surrogates, but the search must not fail for one.
        return lines.contain(password.casefold().encode(errors="surrogatepass"))


class _SortedLines:
    """A text of lines in ascending order. Each ends with a line feed."""

    def __init__(self, text: bytes) -> None:
        self._text = text

    def contain(self, line: bytes) -> bool:
        """Whether ``line`` is one of the lines."""
        offset = bisect_left(range(len(self._text)), line, key=self._line_at)
        return offset < len(self._text) and self._line_at(offset) == line

    def _line_at(self, offset: int) -> bytes:
        """The line with the byte at ``offset``. Its line feed belongs to it."""
        start = self._text.rfind(b"\n", 0, offset) + 1
        return self._text[start : self._text.index(b"\n", offset)]


def _load() -> _SortedLines:
    package = __name__.rpartition(".")[0]
    return _SortedLines(lzma.decompress(files(package).joinpath(DATA_FILE).read_bytes()))
