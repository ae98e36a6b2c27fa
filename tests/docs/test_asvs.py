"""The page about OWASP ASVS 5.0 has every requirement, and the tests that it names exist."""

import ast
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import pytest
from support.repository.checkout import ROOT

PAGE: Final = (ROOT / "docs" / "asvs.md").read_text(encoding="utf-8")
VERDICTS: Final = {"met", "not met", "not applicable"}
NOT_MET: Final = {"6.3.3"}
"""The second factor."""

LEVEL_1: Final = re.findall(
    r"\S+",
    """
    2.1.1 2.2.1 2.2.2 2.3.1
    4.1.1 4.4.1
    6.1.1 6.2.1 6.2.2 6.2.3 6.2.4 6.2.5 6.2.6 6.2.7 6.2.8 6.3.1 6.3.2 6.4.1 6.4.2
    7.2.1 7.2.2 7.2.3 7.2.4 7.4.1 7.4.2
    8.1.1 8.2.1 8.2.2 8.3.1
    11.3.1 11.3.2 11.4.1
    13.4.1
    14.2.1 14.3.1
    15.1.1 15.2.1 15.3.1
    """,
)
LEVEL_2: Final = re.findall(
    r"\S+",
    """
    2.1.2 2.1.3 2.2.3 2.3.2 2.3.3 2.3.4 2.4.1
    4.1.2 4.1.3 4.2.1 4.3.1 4.3.2 4.4.2 4.4.3 4.4.4
    6.1.2 6.1.3 6.2.9 6.2.10 6.2.11 6.2.12 6.3.3 6.3.4 6.4.3 6.4.4 6.5.1 6.5.2 6.5.3 6.5.4
    6.5.5 6.6.1 6.6.2 6.6.3 6.8.1 6.8.2 6.8.3 6.8.4
    7.1.1 7.1.2 7.1.3 7.3.1 7.3.2 7.4.3 7.4.4 7.4.5 7.5.1 7.5.2 7.6.1 7.6.2
    8.1.2 8.2.3 8.4.1
    11.1.1 11.1.2 11.2.1 11.2.2 11.2.3 11.3.3 11.4.2 11.4.3 11.4.4 11.5.1 11.6.1
    13.1.1 13.2.1 13.2.2 13.2.3 13.2.4 13.2.5 13.3.1 13.3.2 13.4.2 13.4.3 13.4.4 13.4.5
    14.1.1 14.1.2 14.2.2 14.2.3 14.2.4 14.3.2 14.3.3
    15.1.2 15.1.3 15.2.2 15.2.3 15.3.2 15.3.3 15.3.4 15.3.5 15.3.6 15.3.7
    16.1.1 16.2.1 16.2.2 16.2.3 16.2.4 16.2.5 16.3.1 16.3.2 16.3.3 16.3.4 16.4.1 16.4.2 16.4.3
    16.5.1 16.5.2 16.5.3
    """,
)
IN_A_CHAPTER: Final = {
    "2": 11,
    "4": 10,
    "6": 35,
    "7": 18,
    "8": 7,
    "11": 14,
    "13": 13,
    "14": 9,
    "15": 13,
    "16": 16,
}
"""How many requirements of levels 1 and 2 the standard has, counted in its own list."""


@dataclass(frozen=True)
class Row:
    requirement_id: str
    level: str
    verdict: str
    reason: str

    @property
    def tests(self) -> list[str]:
        return re.findall(r"`(tests/[^`]+)`", self.reason)


def rows() -> list[Row]:
    lines = [line for line in PAGE.splitlines() if re.match(r"\| \d+\.", line)]
    cells = [[cell.strip() for cell in line[1:-1].split("|")] for line in lines]
    return [Row(its_id, level, verdict, reason) for its_id, level, _, verdict, reason in cells]


ROWS: Final = rows()


@cache
def names_in(path: Path) -> frozenset[str]:
    """The functions of a module, and those of its classes behind the name of the class."""
    found: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.ClassDef):
            inner = [it.name for it in node.body if isinstance(it, ast.FunctionDef)]
            found.update(f"{node.name}::{name}" for name in inner)
    return frozenset(found)


def exists(test: str) -> bool:
    """Whether there is a test of this name: ``path``, ``path::function`` or with its class."""
    name, _, function = test.partition("::")
    path = ROOT / name
    if not path.is_file() or not path.name.startswith("test_"):
        return False
    tests = {known for known in names_in(path) if known.split("::")[-1].startswith("test_")}
    return function in tests if function else bool(tests)


def test_every_requirement_is_there_once_and_no_other() -> None:
    assert Counter(row.requirement_id for row in ROWS) == Counter([*LEVEL_1, *LEVEL_2])
    assert len(ROWS) == 146


def test_each_chapter_has_as_many_as_the_standard() -> None:
    assert Counter(row.requirement_id.split(".")[0] for row in ROWS) == IN_A_CHAPTER


def test_each_has_the_level_of_the_standard() -> None:
    assert [row.requirement_id for row in ROWS if row.level == "1"] == LEVEL_1
    assert [row.requirement_id for row in ROWS if row.level == "2"] == LEVEL_2


def test_each_has_a_verdict() -> None:
    assert {row.verdict for row in ROWS} <= VERDICTS


def test_level_1_is_met_and_of_level_2_all_but_the_second_factor() -> None:
    assert {row.requirement_id for row in ROWS if row.verdict == "not met"} == NOT_MET
    assert NOT_MET.isdisjoint(LEVEL_1)


def test_what_is_met_is_proved_by_a_test_and_what_is_not_has_a_reason() -> None:
    for row in ROWS:
        if row.verdict == "met":
            assert row.tests, row
        else:
            assert re.search(r"[\w)]\.$", row.reason), row


def test_every_test_that_is_named_exists() -> None:
    named = [test for row in ROWS for test in row.tests]
    assert len(named) > 100
    assert [test for test in named if not exists(test)] == []


@pytest.mark.parametrize(
    "test",
    [
        "tests/docs/test_nothing.py",
        "tests/docs/test_asvs.py::test_nothing",
        "tests/docs/test_asvs.py::TestNothing::test_each_has_a_verdict",
        "tests/docs/test_asvs.py::exists",
        "tests/conftest.py",
    ],
)
def test_a_test_that_does_not_exist_is_found_out(test: str) -> None:
    assert not exists(test)
