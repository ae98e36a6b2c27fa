"""Writes each line of the log with one system call, so that no thread waits for another's line."""

import logging
import os
import select
import time
from collections import deque
from contextlib import suppress
from threading import Thread
from typing import Final, TextIO, cast
from weakref import WeakSet

from ..adapters.forking.child_end import LAST, call_at_end_of_child

_ATOMIC_BYTES: Final = 4096
"""The system never mixes lines up to this length: PIPE_BUF of Linux (pipe(7))."""

_PAUSE_SECONDS: Final = 0.001
_PAUSES: Final = 1000
"""The most pauses in which a writer waits for others. A fork that Python did not see may have ended
their threads."""

SOON_SECONDS: Final = 0.1
"""How long a line of ``write_soon`` may wait. A killed process loses the lines that wait."""

_handlers: Final[WeakSet["LineHandler"]] = WeakSet()


class LineHandler(logging.StreamHandler[TextIO]):
    """Writes to the file descriptor of ``stream``.

    A usual handler holds its lock while it writes a line, and other threads wait for it. With eight
    threads this wait cost more than all the rest of a session check. Here only a line that is too
    long for one write, such as a traceback, takes the lock. Short lines wait only for such a line.

    Each write also lets another thread run. So the lines of session checks that come fast are
    written together (``write_soon``).

    Args:
        stream: an open text stream with a file descriptor. Its buffer is flushed first.

    Raises:
        OSError: ``stream`` has no file descriptor.
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        stream.flush()
        self._descriptor = stream.fileno()
        self._encoding = stream.encoding
        # A writer notes its own line before it looks for one of the other kind, so that one of two
        # writers sees the other. A list counts, because its append and pop are atomic.
        self._short_lines: list[None] = []
        self._has_long_line = False
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._is_due = False
        """Whether a thread is going to write the lines that wait."""
        self._written_at = 0.0
        self._drains: list[None] = []
        """One for each thread that is writing the lines that waited."""
        self._is_flushed_at_end = False
        _handlers.add(self)

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
            self._write_waiting()
            self._write_whole(line)
        except Exception:  # noqa: BLE001 (as every handler does)
            self.handleError(record)

    def write_soon(self, line: bytes, now: float) -> None:
        """Write ``line``, which ends with a line feed, within ``SOON_SECONDS``.

        It is written at once if no line was written for so long. Otherwise it waits for others, up
        to the length of one write. Any other record, ``flush`` and the end of the interpreter write
        the lines that wait.

        Args:
            line: in the encoding of the stream.
            now: the time in seconds.
        """
        try:
            self._write_soon(line, now)
        except OSError:  # As in ``emit``.
            self.handleError(logging.makeLogRecord({"msg": "request"}))

    def _write_soon(self, line: bytes, now: float) -> None:
        if not self._is_due and not 0 <= now - self._written_at < SOON_SECONDS:
            self._written_at = now
            self._write_whole(line)
            return
        if self._waiting_bytes + len(line) > _ATOMIC_BYTES:
            self._write_waiting()
        self._waiting.append(line)
        self._waiting_bytes += len(line)
        if not self._is_due:
            self._start_writing_later()

    def flush(self) -> None:
        """Write the lines that wait, and the buffer of the stream.

        Also waits for the threads that have taken lines and not yet written them. Otherwise the end
        of the process would lose these.
        """
        self._write_waiting()
        _wait_for(self._drains)
        super().flush()

    def begin_in_child(self) -> None:
        """Begin anew in a forked process: the parent writes its own lines."""
        self._waiting.clear()
        self._waiting_bytes = 0
        self._is_due = False
        self._short_lines.clear()
        self._has_long_line = False
        self._drains.clear()
        self._is_flushed_at_end = False

    def _start_writing_later(self) -> None:
        self._is_due = True
        if not self._is_flushed_at_end:
            # Not in the constructor: a process of ``multiprocessing`` may inherit the handler.
            self._is_flushed_at_end = True
            call_at_end_of_child(self.flush, priority=LAST)
        try:
            Thread(target=self._write_later, name="log", daemon=True).start()
        except RuntimeError:
            # The system refuses a thread, or the interpreter ends.
            self._is_due = False
            self._write_waiting()

    def _write_later(self) -> None:
        time.sleep(SOON_SECONDS)
        self._is_due = False
        # A thread must not print a traceback into a log that cannot be written.
        with suppress(OSError):
            self._write_waiting()
            self._written_at = time.time()

    def _write_waiting(self) -> None:
        """Write the lines that wait, as many by one system call as it takes whole."""
        self._drains.append(None)
        try:
            self._drain()
        finally:
            self._drains.pop()

    def _drain(self) -> None:
        waiting, lines = self._waiting, b""
        self._waiting_bytes = 0
        while waiting:
            try:
                line = waiting.popleft()
            except IndexError:
                break  # Another thread has taken it.
            if len(lines) + len(line) > _ATOMIC_BYTES:
                self._write_whole(lines)
                lines = b""
            lines += line
        if lines:
            self._write_whole(lines)

    def _write_whole(self, lines: bytes) -> None:
        if len(lines) > _ATOMIC_BYTES or not self._write_short(lines):
            self._write_alone(lines)

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
            _wait_for(self._short_lines)
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


def _wait_for(others: list[None]) -> None:
    """Wait until ``others`` is empty, but not for ever."""
    for _ in range(_PAUSES):
        if not others:
            break
        time.sleep(_PAUSE_SECONDS)


def _begin_in_child() -> None:
    for handler in _handlers:
        handler.begin_in_child()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_in_child)
