"""Draws the tables of docs/performance.md as bars, each as an SVG of its own.

    python benchmarks/figures.py

Run it after you change a figure on the page. A test compares the pictures with the tables.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from statistics import fmean
from typing import Final

DOCS: Final = Path(__file__).parents[1] / "docs"
PICTURES: Final = DOCS / "pictures"
_LEFT, _RIGHT, _TOP, _STEP, _WIDTH = 380, 760, 62, 28, 1000
_OURS, _OTHER, _INK, _GREY = "#1a7f37", "#8c959f", "#1f2328", "#d0d7de"


@dataclass(frozen=True)
class Bar:
    """One bar, and what is written behind it."""

    label: str
    value: float
    note: str
    is_ours: bool = True


@dataclass(frozen=True)
class Chart:
    """The bars of one picture."""

    title: str
    bars: Sequence[Bar]
    logarithmic: bool = False


def charts(page: str) -> dict[str, Chart]:
    """The charts of the page, by the names of their files."""
    return {
        "performance-http.svg": Chart(
            "CPU time of a request, µs: Falcon's hello, and a session check", [*_http(page)]
        ),
        "performance-dynamodb.svg": Chart(
            "CPU time of a read of one session on DynamoDB, and its ratio to get_item",
            [*_dynamodb(page)],
        ),
        "performance-feed.svg": Chart(
            "KB a second to each follower of the feed (logarithmic), and the worst staleness",
            [*_feed(page)],
            logarithmic=True,
        ),
        "performance-memory.svg": Chart("Bytes in memory", [*_memory(page)]),
    }


def _http(page: str) -> Iterator[Bar]:
    for server, hello, check, *_ in _rows(page, "The session check over HTTP"):
        name = server.partition(",")[0]
        yield Bar(f"hello on {name}", _number(hello), hello, is_ours=False)
        yield Bar(f"check on {name}", _number(check), check)


def _dynamodb(page: str) -> Iterator[Bar]:
    for read, time, ratio in _rows(page, "A read on DynamoDB"):
        name = read.replace("CUSTOMER_DYNAMODB_CLIENT=", "the client ")
        yield Bar(name, _number(time), f"{time}: {ratio}", is_ours=ratio != "1")


def _feed(page: str) -> Iterator[Bar]:
    for rate, instances, followers, sent, *_, worst in _rows(page, "The session change feed"):
        is_before = "before" in instances
        if is_before or (instances, followers) == ("1", "100"):
            name = "each by itself, before" if is_before else "100 followers"
            note = f"{sent} KB/s, {worst} s"
            yield Bar(f"{rate} endings a second, {name}", _number(sent), note, not is_before)


def _memory(page: str) -> Iterator[Bar]:
    for what, size in _rows(page, "Memory"):
        yield Bar(what, _number(size), size)


def _rows(page: str, heading: str) -> list[list[str]]:
    """The cells of the first table below ``heading``, without markup."""
    section = page.partition(f"\n## {heading}\n")[2]
    table = re.search(r"^\|.*\n\|[-|]+\n((?:\|.*\n)+)", section, re.MULTILINE)
    if table is None:
        raise ValueError(f"there is no table below {heading}")
    lines = table[1].splitlines()
    return [
        [cell.strip().replace("`", "") for cell in line.strip("|").split("|")] for line in lines
    ]


def _number(text: str) -> float:
    """The number in ``text``; of a range such as ``65 to 69 µs``, the middle."""
    return fmean(float(each.replace(",", "")) for each in re.findall(r"[0-9][0-9,.]*", text))


def draw(chart: Chart) -> str:
    """The chart as SVG, which loads nothing."""
    return "\n".join(_elements(chart)) + "\n"


def _elements(chart: Chart) -> Iterator[str]:
    height = _TOP + _STEP * len(chart.bars) + 12
    yield (
        '<svg font-family="Verdana,DejaVu Sans,sans-serif" xmlns="http://www.w3.org/2000/svg"'
        f' font-size="14" width="{_WIDTH}" height="{height}" viewBox="0 0 {_WIDTH} {height}">'
    )
    yield '<rect width="100%" height="100%" rx="12" fill="#f6f8fa"/>'
    yield _text(20, 30, chart.title, bold=True)
    yield f'<path d="M{_LEFT} {_TOP - 14}V{height - 12}" stroke="{_GREY}"/>'
    longest = _length(chart, max(bar.value for bar in chart.bars))
    for number, bar in enumerate(chart.bars):
        y = _TOP + _STEP * number
        width = (_RIGHT - _LEFT) * _length(chart, bar.value) / longest
        colour = _OURS if bar.is_ours else _OTHER
        yield _text(_LEFT - 12, y + 5, bar.label, anchor="end", bold=bar.is_ours)
        yield f'<rect x="{_LEFT}" y="{y - 8}" width="{width:.1f}" height="16" fill="{colour}"/>'
        yield _text(_LEFT + width + 10, y + 5, bar.note)
    yield "</svg>"


def _length(chart: Chart, value: float) -> float:
    return math.log10(max(value, 1.0)) if chart.logarithmic else value


def _text(x: float, y: float, text: str, *, anchor: str = "start", bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{_INK}"{weight}>'
        f"{escape(text)}</text>"
    )


def main() -> None:
    """Write the pictures."""
    page = (DOCS / "performance.md").read_text(encoding="utf-8")
    for name, chart in charts(page).items():
        (PICTURES / name).write_text(draw(chart), encoding="utf-8")


if __name__ == "__main__":
    main()
