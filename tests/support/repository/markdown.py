"""The documents of the repository, as GitHub shows them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token
from support.repository.checkout import ROOT

_PARSER: Final = MarkdownIt("commonmark").enable("table")
_NOT_IN_AN_ANCHOR: Final = re.compile(r"[^\w\- ]")


@dataclass(frozen=True)
class Document:
    """One page."""

    path: Path

    def __str__(self) -> str:
        return str(self.path.relative_to(ROOT))

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tokens(self) -> list[Token]:
        return _PARSER.parse(self.text)

    @cached_property
    def anchors(self) -> frozenset[str]:
        """The anchors of the headings of this page."""
        found: list[str] = []
        for token, inline in zip(self.tokens, self.tokens[1:], strict=False):
            if token.type == "heading_open":
                shown = "".join(child.content for child in inline.children or ())
                anchor = _NOT_IN_AN_ANCHOR.sub("", shown.lower()).replace(" ", "-")
                repeated = found.count(anchor)
                found.append(anchor)
                if repeated:
                    found.append(f"{anchor}-{repeated}")
        return frozenset(found)

    @property
    def links(self) -> Iterator[str]:
        """The targets of the links and pictures of this page."""
        for token in self._inline():
            target = token.attrGet("href") or token.attrGet("src")
            if target is not None:
                yield str(target)

    @property
    def code(self) -> Iterator[str]:
        """The inline code of this page."""
        return (token.content for token in self._inline() if token.type == "code_inline")

    def blocks(self, language: str) -> list[str]:
        """The code blocks of this page in this language, in order."""
        return [
            token.content
            for token in self.tokens
            if token.type == "fence" and token.info.split()[:1] == [language]
        ]

    def _inline(self) -> Iterator[Token]:
        for token in self.tokens:
            yield from token.children or ()


def documents() -> list[Document]:
    """Every page for users and contributors."""
    patterns = ("*.md", "docs/**/*.md", "deploy/**/*.md", "examples/**/*.md", "benchmarks/**/*.md")
    return [Document(path) for pattern in patterns for path in sorted(ROOT.glob(pattern))]
