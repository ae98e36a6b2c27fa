"""Reads the pixels of a screenshot: a PNG of 8 bits without interlacing, as Chromium makes it."""

import struct
import zlib
from collections.abc import Iterator
from typing import Final

Colour = tuple[int, int, int]
"""Red, green and blue, from 0 to 255."""

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_CHANNELS: Final = {2: 3, 6: 4}
"""The bytes of a pixel for each colour type of PNG: RGB, and RGB with alpha."""


def pixels(png: bytes) -> list[list[Colour]]:
    """The rows of the picture, from the top (PNG, third edition, 9)."""
    assert png.startswith(_SIGNATURE)
    chunks = list(_chunks(png))
    width, _height, depth, colour, *_, interlaced = struct.unpack(">IIBBBBB", chunks[0][1])
    assert (depth, interlaced) == (8, 0)
    step = _CHANNELS[colour]
    data = zlib.decompress(b"".join(content for name, content in chunks if name == b"IDAT"))
    length = 1 + width * step
    rows: list[list[Colour]] = []
    above = bytes(width * step)
    for start in range(0, len(data), length):
        above = _unfiltered(data[start], data[start + 1 : start + length], above, step)
        rows.append(
            [(above[at], above[at + 1], above[at + 2]) for at in range(0, len(above), step)]
        )
    return rows


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_SIGNATURE)
    while at < len(png):
        length, name = struct.unpack(">I4s", png[at : at + 8])
        yield name, png[at + 8 : at + 8 + length]
        at += 12 + length


def _unfiltered(kind: int, line: bytes, above: bytes, step: int) -> bytes:
    result = bytearray(line)
    for at in range(len(line)):
        left = result[at - step] if at >= step else 0
        corner = above[at - step] if at >= step else 0
        guess = (0, left, above[at], (left + above[at]) // 2, _paeth(left, above[at], corner))
        result[at] = (line[at] + guess[kind]) % 256
    return bytes(result)


def _paeth(left: int, above: int, corner: int) -> int:
    near = left + above - corner
    return min((left, above, corner), key=lambda each: abs(near - each))
