"""The regular expressions of the product mean ASCII where they say digit or word."""

import ast
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PARTS: Final = ("adapters", "domain", "entrypoints", "ports")
CLASSES: Final = ("\\d", "\\w", "\\b")
"""Each means the digits or the letters of every script, unless re.ASCII is set."""


def calls_of_re(source: str) -> list[ast.Call]:
    return [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "re"
    ]


def unbounded(source: str) -> list[int]:
    """The lines on which a pattern for text takes digits or letters of any script."""
    found = []
    for call in calls_of_re(source):
        parts = [
            part.value
            for part in ast.walk(call)
            if isinstance(part, ast.Constant) and isinstance(part.value, str)
        ]
        has_class = any(each in part for part in parts for each in CLASSES)
        if has_class and not any(
            isinstance(part, ast.Attribute) and part.attr == "ASCII" for part in ast.walk(call)
        ):
            found.append(call.lineno)
    return found


def test_digits_and_words_are_those_of_ascii() -> None:
    sources = [path for part in PARTS for path in (ROOT / part).rglob("*.py")]
    found = {
        f"{path.relative_to(ROOT)}:{line}"
        for path in sources
        for line in unbounded(path.read_text())
    }

    assert len(sources) > 300
    assert found == set()


def test_a_pattern_without_the_flag_is_found() -> None:
    assert unbounded('import re\nre.compile(r"\\d+")\nre.compile(r"\\w", re.ASCII)') == [2]
    assert unbounded('import re\nre.compile(rb"\\d")\nre.compile("[0-9]")') == []
