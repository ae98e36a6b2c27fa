"""Domain and ports are written in plain Python."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted([*ROOT.glob("domain/**/*.py"), *ROOT.glob("ports/**/*.py")])


def imported(source: Path) -> set[str]:
    """The top-level packages that ``source`` imports, its own package's left out."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Import):
            names.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add((node.module or "").partition(".")[0])
    return names


def test_there_is_something_to_look_at() -> None:
    assert len(SOURCES) > 20


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: str(source.relative_to(ROOT)))
def test_only_the_standard_library_is_imported(source: Path) -> None:
    assert imported(source) <= sys.stdlib_module_names
