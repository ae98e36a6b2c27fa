"""The glossary can be searched by eye: one line a term, in the order of the alphabet."""

import re
from typing import Final

from support.repository.checkout import ROOT

LINES: Final = [
    line
    for line in (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").splitlines()[4:]
    if line
]


def test_each_term_has_one_line_with_one_explanation() -> None:
    assert LINES
    for line in LINES:
        assert re.fullmatch(r"- \*\*[^*]+\*\*: .+[.)]", line), line


def test_the_terms_are_in_the_order_of_the_alphabet() -> None:
    terms = [re.split(r"\*\*", line)[1] for line in LINES]
    assert terms == sorted(set(terms), key=lambda term: term.replace("_", " ").casefold())
