"""Writes each line of the log with one system call, so that no thread waits for another's line."""

import logging
import os
import select
import time
from typing import Final, TextIO, cast

_ATOMIC_BYTES: Final = 4096
"""The system never mixes lines up to this length: PIPE_BUF of Linux (pipe(7))."""

_PAUSE_SECONDS: Final = 0.001
_PAUSES: Final = 1000
"""How often a long line waits for the short ones at most. A fork may have ended their threads."""


class LineHandler(logging.StreamHandler[TextIO]):
    """Writes to the file descriptor of ``stream``.

    A usual handler holds its lock while it writes a line. Meanwhile the other threads run, come to
    their own lines, and wait; with eight threads that cost more than all the rest of a session
    check. Here only a line that is too long for one write, such as a traceback, takes the lock, and
    the short ones wait until it is written.

    Args:
        stream: an open text stream with a file descriptor. What it holds back is written first.

    Raises:
        OSError: ``stream`` has no file descriptor.
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        stream.flush()
        self._descriptor = stream.fileno()
        self._encoding = stream.encoding
        # Each of the two sides notes its own line first, and then looks for the other side's.
        self._short_lines: list[None] = []
        self._has_long_line = False

    def handle(self, record: logging.LogRecord) -> bool:
        """Write the line of ``record``, unless a filter refuses it, without the handler's lock."""
        # Since Python 3.12 a filter may replace the record.
        found = cast("object", self.filter(record))
        if found:
            self.emit(found if isinstance(found, logging.LogRecord) else record)
        return bool(found)

    def emit(self, record: logging.LogRecord) -> None:
        """Write the line of ``record``."""
        try:
            line = f"{self.format(record)}\n".encode(self._encoding, "backslashreplace")
            if len(line) > _ATOMIC_BYTES or not self._write_short(line):
                self._write_alone(line)
        except Exception:  # noqa: BLE001 (as every handler does)
            self.handleError(record)

    def _write_short(self, line: bytes) -> bool:
        """Write ``line``, unless a long line is being written. Returns whether it is written."""
        self._short_lines.append(None)
        try:
            if self._has_long_line:
                return False
            self._write(line)
            return True
        finally:
            self._short_lines.pop()

    def _write_alone(self, line: bytes) -> None:
        self.acquire()
        try:
            self._has_long_line = True
            for _ in range(_PAUSES):
                if not self._short_lines:
                    break
                time.sleep(_PAUSE_SECONDS)
            self._write(line)
        finally:
            self._has_long_line = False
            self.release()

    def _write(self, line: bytes) -> None:
        while line:
            try:
                line = line[os.write(self._descriptor, line) :]
            except BlockingIOError:
                # The reader of a pipe that does not block is slow.
                select.select([], [self._descriptor], [])
