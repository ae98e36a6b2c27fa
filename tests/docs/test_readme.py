"""Every Python example of the documents runs as it is printed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]
_FENCE = re.compile(
    r"^(?P<skip><!-- not run: [^\n]*\S -->\n+)?(?P<open>```python[^\n]*\n)(?P<code>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Example:
    """A block of Python, and where it stands."""

    document: Path
    line: int
    code: str
    skipped: bool

    def __str__(self) -> str:
        return f"{self.document.relative_to(ROOT)}:{self.line}"

    def run(self) -> None:
        # Empty lines before it, so that a traceback names the document's own lines.
        code = compile("\n" * self.line + self.code, str(self.document), "exec")
        exec(code, {"__name__": "__main__"})


def examples_of(document: Path, text: str) -> Iterator[Example]:
    for found in _FENCE.finditer(text):
        line = text.count("\n", 0, found.start("code"))
        yield Example(document, line, found["code"], skipped=bool(found["skip"]))


EXAMPLES = [
    example
    for document in DOCUMENTS
    for example in examples_of(document, document.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize("example", [it for it in EXAMPLES if not it.skipped], ids=str)
def test_an_example_runs(example: Example, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("CUSTOMER_STORAGE", "CUSTOMER_ADMIN_ID", "CUSTOMER_ADMIN_PASSWORD"):
        monkeypatch.delenv(name, raising=False)

    example.run()


def test_the_readme_has_an_example_that_runs() -> None:
    assert [it for it in EXAMPLES if it.document.name == "README.md" and not it.skipped]


def test_no_example_is_overlooked() -> None:
    for document in DOCUMENTS:
        fences = re.findall(r"^ *(?:```|~~~) *(?:python|py\b)", document.read_text(), re.MULTILINE)
        found = [example for example in EXAMPLES if example.document == document]
        assert len(found) == len(fences), document


class TestExamples:
    """The finder itself."""

    TEXT = (
        "# A document\n\n```python\nx = 1\n```\n\n```sh\nls\n```\n\n"
        "<!-- not run: needs AWS -->\n```python\n1 / 0\n```\n\n"
        "```python\nassert 'x' not in globals()\n1 / 0\n```\n"
    )

    def test_it_finds_the_blocks_and_skips_those_with_a_reason(self) -> None:
        examples = list(examples_of(ROOT / "x.md", self.TEXT))

        assert [(it.line, it.skipped) for it in examples] == [(3, False), (12, True), (16, False)]

    def test_an_example_that_fails_is_seen_at_its_own_line(self) -> None:
        *_, last = examples_of(ROOT / "x.md", self.TEXT)

        with pytest.raises(ZeroDivisionError) as failed:
            last.run()
        assert failed.traceback[-1].lineno + 1 == 18
