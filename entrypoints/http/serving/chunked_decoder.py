"""Decodes bodies in ``Transfer-Encoding: chunked``, strictly by RFC 9112, 7.1.

waitress' own decoder accepts malformed chunks, and decodes a body of any length.
"""

import re
from enum import Enum, auto
from typing import Any, Final

from waitress.buffers import OverflowableBuffer
from waitress.utilities import BadRequest, RequestEntityTooLarge

from ..request_schema import MAX_BYTES

_MAX_LINE_BYTES: Final = 1024
_MAX_OVERHEAD_BYTES: Final = 8 * MAX_BYTES
"""How many bytes the lines around the chunks may have: enough for chunks of one byte."""

_SIZE: Final = re.compile(rb"([0-9A-Fa-f]+)(?:[ \t]*;[\t\x20-\x7e\x80-\xff]*)?")
_TRAILER: Final = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*")


class _LineType(Enum):
    """The meaning of the next line."""

    SIZE = auto()
    END_OF_CHUNK = auto()
    TRAILER = auto()


class ChunkedDecoder:
    """Decodes one body. It has the attributes and methods of a waitress receiver."""

    def __init__(self, buffer: OverflowableBuffer) -> None:
        self.completed = False
        self.error: Any = None
        self._buffer = buffer
        self._next_line = _LineType.SIZE
        self._line = b""
        self._chunk_bytes_left = 0
        self._overhead = 0

    def __len__(self) -> int:
        return int(self._buffer.__len__())

    def getfile(self) -> Any:  # noqa: ANN401 (waitress has no types)
        """The decoded body as a file."""
        return self._buffer.getfile()

    def getbuf(self) -> OverflowableBuffer:
        """The decoded body as a waitress buffer."""
        return self._buffer

    def received(self, data: bytes) -> int:
        """Decode ``data``. Returns how many bytes of it belong to this body."""
        position = 0
        while position < len(data) and not self.completed and self.error is None:
            if self._chunk_bytes_left:
                part = data[position : position + self._chunk_bytes_left]
                self._buffer.append(part)
                self._chunk_bytes_left -= len(part)
                position += len(part)
            else:
                position = self._read_line(data, position)
        return position

    def _read_line(self, data: bytes, start: int) -> int:
        """Read to the end of the line or of ``data``. Returns the position after it."""
        end = data.find(b"\n", start) + 1
        stop = end or len(data)
        self._line += data[start:stop]
        self._overhead += stop - start
        if len(self._line) > _MAX_LINE_BYTES:
            self.error = BadRequest("a line between the chunks is too long")
        elif self._overhead > _MAX_OVERHEAD_BYTES:
            self.error = RequestEntityTooLarge("the chunks are too small")
        elif end:
            line, self._line = self._line, b""
            if line.endswith(b"\r\n"):
                self._parse_line(line[:-2])
            else:
                self.error = BadRequest("a line between the chunks does not end with CR LF")
        return stop

    def _parse_line(self, line: bytes) -> None:
        match self._next_line:
            case _LineType.SIZE:
                self._parse_chunk_size(line)
            case _LineType.END_OF_CHUNK:
                self._next_line = _LineType.SIZE
                if line:
                    self.error = BadRequest("a chunk is longer than its size")
            case _LineType.TRAILER:
                self.completed = not line
                if line and not _TRAILER.fullmatch(line):
                    self.error = BadRequest("a trailer field is malformed")

    def _parse_chunk_size(self, line: bytes) -> None:
        match = _SIZE.fullmatch(line)
        if match is None:
            self.error = BadRequest("a chunk has no valid size")
            return
        self._chunk_bytes_left = int(match[1], 16)
        self._next_line = _LineType.END_OF_CHUNK if self._chunk_bytes_left else _LineType.TRAILER
        if len(self) + self._chunk_bytes_left > MAX_BYTES:
            self.error = RequestEntityTooLarge("the chunks are too large")
