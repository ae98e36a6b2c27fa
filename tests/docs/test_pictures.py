"""The pictures show what their text sources say; `make pictures` draws them anew."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

import pytest
from support.dynamodb.operation_budgets import BUDGETS
from support.repository.checkout import ROOT
from support.repository.markdown import documents

from cybershop_customer.adapters.caching.policy import CachePolicy

PICTURES: Final = ROOT / "docs" / "pictures"
MAX_BYTES: Final = 60_000


def pikchr_labels(source: str) -> list[str]:
    """Every string, less the comments (in which no quotation mark stands)."""
    strings = re.findall(r'"([^"]*)"', re.sub(r'(?m)#[^"\n]*$', "", source))
    return [text for text in strings if text]


def plantuml_labels(source: str) -> list[str]:
    r"""The text of participants, messages, notes, dividers and the title; \n breaks a line."""
    pattern = (
        r'^participant "(?P<participant>.+)" as'
        r"|^(?:\w+ -+>+ \w+|note right) : (?P<message>.+)"
        r"|^== (?P<divider>.+) =="
        r"|^title (?P<title>.+)"
    )
    found = re.finditer(pattern, source, re.MULTILINE)
    return [line for label in found for line in str(label[label.lastindex or 0]).split(r"\n")]


@dataclass(frozen=True)
class Picture:
    """A source and the SVG that was drawn from it."""

    source: Path
    labels_of: Callable[[str], list[str]]

    @property
    def svg(self) -> str:
        return self.source.with_suffix(".svg").read_text(encoding="utf-8")

    def source_labels(self) -> list[str]:
        return self.labels_of(self.source.read_text(encoding="utf-8"))

    def svg_labels(self) -> list[str]:
        texts = ET.fromstring(self.svg).iter("{http://www.w3.org/2000/svg}text")
        # The tools write spaces that do not break.
        return ["".join(text.itertext()).replace("\N{NO-BREAK SPACE}", " ") for text in texts]


HEXAGON: Final = Picture(PICTURES / "hexagon.pikchr", pikchr_labels)
SEQUENCES: Final = {
    path.stem: Picture(path, plantuml_labels) for path in sorted(PICTURES.glob("*.puml"))
}
ALL: Final = {"hexagon": HEXAGON, **SEQUENCES}
PLOTS: Final = (
    "peers",
    "performance-dynamodb",
    "performance-feed",
    "performance-http",
    "performance-memory",
)
"""Drawn from measured figures. tests/unit/test_peers_comparison.py compares the first with them,
and tests/docs/test_performance.py the others."""
EACH: Final = pytest.mark.parametrize("picture", ALL.values(), ids=ALL)


def test_every_picture_is_tested() -> None:
    assert {path.stem for path in PICTURES.glob("*.svg")} == {*ALL, *PLOTS}


def test_pages_show_every_picture_and_no_other() -> None:
    shown = {
        (page.path.parent / source).resolve()
        for page in documents()
        for source in re.findall(r'<img src="([^"]*)"', page.text)
    }
    assert shown == set(PICTURES.glob("*.svg"))


@EACH
def test_the_svg_shows_the_labels_of_its_source_and_no_others(picture: Picture) -> None:
    assert sorted(picture.svg_labels()) == sorted(picture.source_labels()), "run `make pictures`"


@pytest.mark.parametrize("picture", SEQUENCES.values(), ids=SEQUENCES)
def test_every_line_of_a_sequence_that_shows_text_is_read(picture: Picture) -> None:
    source = picture.source.read_text(encoding="utf-8")
    shown = re.findall(r"^(?!').*( : |==|\")|^title", source, re.MULTILINE)
    read = re.sub(r"\\n.*", "", source)
    assert len(plantuml_labels(read)) == len(shown) > 10


@pytest.mark.parametrize("name", [*ALL, *PLOTS])
def test_a_page_can_show_the_svg_by_itself(name: str) -> None:
    svg = (PICTURES / f"{name}.svg").read_text(encoding="utf-8")
    assert len(svg.encode()) < MAX_BYTES
    # Nothing from elsewhere, no script, no metadata of the tool that drew it.
    assert not re.search(r"href|url\(|@import|<script|<image|<!--|<\?(?!xml )", svg)
    # A background, since the page may be dark.
    assert 'width="100%" height="100%"' in svg.splitlines()[1]


def test_the_sequence_shows_the_costs_and_the_bounds_that_the_code_has() -> None:
    text = " ".join(SEQUENCES["session"].svg_labels())
    for operation, shown in {
        "login by id": "Login: {} round trips.",
        "charge and refund": "The login throttle adds {}.",
        "verify": "Session check: {} round trip, {} read unit.",
        "logout": "Logout: {} round trip.",
    }.items():
        assert shown.format(*BUDGETS[operation][1]) in text
    policy = CachePolicy()
    assert f"for max_age ({policy.max_age:g} seconds by default)" in text
    assert f"or {policy.max_lag:g} seconds with the session change feed" in text
