"""Decodes a chunked body: RFC 9112, 7.1, strictly, and never more than a message may have."""

import re
from enum import Enum, auto
from typing import Any, Final

from waitress.buffers import OverflowableBuffer
from waitress.utilities import BadRequest, RequestEntityTooLarge

from ..request_schema import MAX_BYTES

_MAX_LINE: Final = 1024
_MAX_OVERHEAD: Final = 8 * MAX_BYTES
"""Bytes around the data: enough for the largest message in chunks of one byte."""

_SIZE: Final = re.compile(rb"([0-9A-Fa-f]+)(?:[ \t]*;[\t\x20-\x7e\x80-\xff]*)?")
_TRAILER: Final = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*")


class _Line(Enum):
    """What the next line has to be."""

    SIZE = auto()
    END_OF_CHUNK = auto()
    TRAILER = auto()


class ChunkedBody:
    """Has the methods and attributes that waitress expects of a receiver."""

    def __init__(self, buffer: OverflowableBuffer) -> None:
        self.completed = False
        self.error: Any = None
        self._buffer = buffer
        self._next_line = _Line.SIZE
        self._line = b""
        self._left = 0
        self._overhead = 0

    def __len__(self) -> int:
        return int(self._buffer.__len__())

    def getfile(self) -> Any:  # noqa: ANN401 (waitress has no types)
        """The decoded body, as a file."""
        return self._buffer.getfile()

    def getbuf(self) -> OverflowableBuffer:
        """The decoded body, as waitress keeps it."""
        return self._buffer

    def received(self, data: bytes) -> int:
        """Decode ``data``. Returns how many bytes of it belong to this body."""
        position = 0
        while position < len(data) and not self.completed and self.error is None:
            if self._left:
                part = data[position : position + self._left]
                self._buffer.append(part)
                self._left -= len(part)
                position += len(part)
            else:
                position = self._read_line(data, position)
        return position

    def _read_line(self, data: bytes, start: int) -> int:
        """Read up to the end of a line or of ``data``. Returns the position after it."""
        end = data.find(b"\n", start) + 1
        stop = end or len(data)
        self._line += data[start:stop]
        self._overhead += stop - start
        if len(self._line) > _MAX_LINE:
            self.error = BadRequest("a line between the chunks is too long")
        elif self._overhead > _MAX_OVERHEAD:
            self.error = RequestEntityTooLarge("the chunks are too small")
        elif end:
            line, self._line = self._line, b""
            if line.endswith(b"\r\n"):
                self._take(line[:-2])
            else:
                self.error = BadRequest("a line between the chunks does not end with CR LF")
        return stop

    def _take(self, line: bytes) -> None:
        match self._next_line:
            case _Line.SIZE:
                self._begin_chunk(line)
            case _Line.END_OF_CHUNK:
                self._next_line = _Line.SIZE
                if line:
                    self.error = BadRequest("a chunk is longer than its size")
            case _Line.TRAILER:
                self.completed = not line
                if line and not _TRAILER.fullmatch(line):
                    self.error = BadRequest("a trailer field is malformed")

    def _begin_chunk(self, line: bytes) -> None:
        match = _SIZE.fullmatch(line)
        if match is None:
            self.error = BadRequest("a chunk has no valid size")
            return
        self._left = int(match[1], 16)
        self._next_line = _Line.END_OF_CHUNK if self._left else _Line.TRAILER
        if len(self) + self._left > MAX_BYTES:
            self.error = RequestEntityTooLarge("the chunks are too large")
