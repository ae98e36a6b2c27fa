"""Writes each Python program of the documents into a file of its own, for the type checkers.

    python tools/document_programs.py .typing/documents

A file is named by its document, and by the line of the document that the program begins at. Its
lines have the numbers that they have in the document, so an error leads there.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
_PATTERNS: Final = (
    "*.md", "docs/**/*.md", "deploy/**/*.md", "examples/**/*.md", "benchmarks/**/*.md"
)  # fmt: skip
_PROGRAM: Final = re.compile(r"^```python[^\n]*\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
_PARTLY_TYPED: Final = ("entrypoints.container", "authlib")
"""The container's ``override`` is of dependency_injector, and some types of it are unknown."""
_RULES: Final = ("reportUnknownMemberType", "reportUnknownVariableType")
_PYRIGHT: Final = {
    "include": ["."],
    "extraPaths": [".."],
    "typeCheckingMode": "strict",
    "pythonVersion": "3.11",
    # Not every package that a program uses has types.
    "reportMissingTypeStubs": False,
    "reportMissingModuleSource": False,
}


def programs(root: Path) -> Iterator[tuple[str, str]]:
    """The name and the text of each file."""
    for document in sorted({path for pattern in _PATTERNS for path in root.glob(pattern)}):
        text = document.read_text(encoding="utf-8")
        name = re.sub(r"\W", "_", str(document.relative_to(root).with_suffix("")).lower())
        for found in _PROGRAM.finditer(text):
            line = text.count("\n", 0, found.start("code"))
            yield (
                f"{name}_line_{line + 1}.py",
                _first_line(found["code"]) + "\n" * line + found["code"],
            )


def _first_line(code: str) -> str:
    """A comment for pyright, without the end of the line: the lines keep their numbers."""
    is_lenient = any(name in code for name in _PARTLY_TYPED)
    return "# pyright: " + ", ".join(f"{rule}=false" for rule in _RULES) if is_lenient else ""


def main(folder: Path) -> None:
    """Write all programs into ``folder``, and the settings of pyright. Older ones are removed."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.py"):
        old.unlink()
    for name, text in programs(ROOT):
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "pyrightconfig.json").write_text(json.dumps(_PYRIGHT), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
