"""The plot of what was measured: an SVG of its own, which loads nothing."""

import math
from collections.abc import Iterator
from html import escape

from measured import AT_ONCE_SECONDS, Measured, Row
from table import rounded

_LEFT, _RIGHT, _TOP, _STEP = 330, 790, 92, 30
_WIDTH = 1000
_AT_ONCE, _LATE, _NEVER = "#1a7f37", "#9a6700", "#cf222e"
_INK, _GREY = "#1f2328", "#d0d7de"
_LEGEND = ((_AT_ONCE, "at once"), (_LATE, "later"), (_NEVER, "never"))


def plot(measured: Measured) -> str:
    """One line a system, the fastest first. The scale is logarithmic."""
    return "\n".join(_elements(measured)) + "\n"


def _elements(measured: Measured) -> Iterator[str]:
    rows = measured.by_rate()
    bottom = _TOP + _STEP * len(rows)
    height = bottom + 52
    powers = range(math.floor(math.log10(rows[-1].rate)), math.ceil(math.log10(rows[0].rate)) + 1)
    yield (
        '<svg font-family="Verdana,DejaVu Sans,sans-serif" xmlns="http://www.w3.org/2000/svg"'
        f' font-size="14" width="{_WIDTH}" height="{height}" viewBox="0 0 {_WIDTH} {height}">'
    )
    yield '<rect width="100%" height="100%" rx="12" fill="#f6f8fa"/>'
    yield _text(20, 30, "Session checks a second on one core", bold=True)
    yield from _legend()
    for power in powers:
        x = _x(power, powers)
        yield _line(x, _TOP - 12, x, bottom, _GREY)
        yield _text(x, bottom + 20, f"{10**power:,}", anchor="middle")
    yield _text((_LEFT + _RIGHT) / 2, bottom + 40, "checks a second", anchor="middle")
    for number, row in enumerate(rows):
        yield from _row(row, _TOP + _STEP * number + 5, _x(math.log10(row.rate), powers))
    yield "</svg>"


def _legend() -> Iterator[str]:
    yield _text(20, 60, "A logout is seen:")
    x = 160
    for colour, label in _LEGEND:
        yield _mark(x, 55, colour)
        yield _text(x + 14, 60, label)
        x += 50 + 9 * len(label)


def _row(row: Row, y: float, x: float) -> Iterator[str]:
    yield _text(_LEFT - 12, y + 5, row.name, anchor="end", bold=row.is_ours)
    yield _line(_LEFT, y, x, y, _colour(row), width=3)
    yield _mark(x, y, _colour(row))
    yield _text(x + 12, y + 5, f"{rounded(row.rate):,} · {_logout(row)}", bold=row.is_ours)


def _logout(row: Row) -> str:
    if row.logout_seconds is None:
        return "never"
    if row.logout_seconds == AT_ONCE_SECONDS:
        return "at once"
    return f"after {row.logout_seconds:.1f} s"


def _colour(row: Row) -> str:
    if row.logout_seconds is None:
        return _NEVER
    return _AT_ONCE if row.logout_seconds == AT_ONCE_SECONDS else _LATE


def _x(power: float, powers: range) -> float:
    return _LEFT + (_RIGHT - _LEFT) * (power - powers[0]) / (powers[-1] - powers[0])


def _text(x: float, y: float, text: str, *, anchor: str = "start", bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{_INK}"{weight}>'
        f"{escape(text)}</text>"
    )


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, *, width: int = 1) -> str:
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"'
        f' stroke-width="{width}"/>'
    )


def _mark(x: float, y: float, colour: str) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="6" fill="{colour}"/>'
