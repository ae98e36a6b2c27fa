"""The tests that docs/testing.md prints pass, each block in a project of its own."""

import re
from pathlib import Path

import pytest
from support.processes.pytest_project import run_pytest
from support.repository.checkout import ROOT

TEXT = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")
BLOCKS = {
    f"line {TEXT.count(chr(10), 0, found.start(1))}": found[1]
    for found in re.finditer(r"^```python\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
}


@pytest.mark.parametrize("code", BLOCKS.values(), ids=BLOCKS.keys())
def test_the_tests_of_a_block_pass(code: str, tmp_path: Path) -> None:
    outcome = run_pytest(tmp_path, test_block=code)

    assert outcome.status == 0, outcome.output
    assert outcome.counts.keys() == {"passed"}, outcome.output


def test_every_block_is_tried() -> None:
    assert len(BLOCKS) == TEXT.count("```python") > 0
