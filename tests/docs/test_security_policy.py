"""SECURITY.md promises what the pages about security promise."""

import re
from typing import Final

import pytest
from support.repository.checkout import ROOT
from support.repository.markdown import Document

POLICY: Final = Document(ROOT / "SECURITY.md").text
INVENTORY: Final = Document(ROOT / "docs" / "security-inventory.md").text


def times(text: str) -> list[str]:
    """The rows of the table of remediation times."""
    table = text.split("| severity | a version without it is running within |\n|---|---|\n")[1]
    return table.split("\n\n")[0].splitlines()


def test_both_pages_promise_the_same_times() -> None:
    """OWASP ASVS 5.0, 15.1.1."""
    assert len(times(POLICY)) == 5
    assert times(POLICY) == times(INVENTORY)


@pytest.mark.parametrize("command", re.findall(r"`(pip install [^`]+)`", POLICY))
def test_each_installation_it_names_is_of_a_file_that_is_there(command: str) -> None:
    for name in re.findall(r"-r (\S+)", command):
        assert (ROOT / name).is_file()
