"""What the documents point to is there: pages, headings, files, settings, modules, commands."""

import re
import shlex
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import pytest
from support.repository.checkout import ROOT, files
from support.repository.log_calls import log_calls
from support.repository.markdown import Document, documents

from cybershop_customer.entrypoints.cli import main
from cybershop_customer.entrypoints.settings import SETTINGS

DOCUMENTS: Final = documents()
EVERY_DOCUMENT: Final = pytest.mark.parametrize("document", DOCUMENTS, ids=str)
VARIABLE: Final = re.compile(r"\b(?:CUSTOMER|CYBERSHOP|PRODUCT)_[A-Z][A-Z_]*[A-Z]\b")
MODULE: Final = re.compile(r"\bcybershop_customer(?:\.\w+)+")
FILE: Final = re.compile(
    r"[\w.-]+(?:/[\w.-]+)+\.(?:py|md|yaml|mak|cfg|toml)|[\w-]+\.(?:mak|cfg|toml)"
)
MAKE: Final = re.compile(r"(?:^|[;&] |\bdo )make (?:-f (\S+) )?((?:[a-z]+ ?)+)", re.MULTILINE)
SHELL_WORD: Final = re.compile(r"\$\{?([A-Za-z_]\w*)")
ASSIGNED: Final = re.compile(r"(?:^|[\s;&|])(?:export |for )?([A-Za-z_]\w*)(?:=| in )")
COMMAND: Final = "cybershop-customer"
ENDS: Final = {"&&", ";", "|"}


def fault_of(document: Document, link: str) -> str | None:
    """What is wrong with a link, if anything is."""
    if re.match(r"[a-z]+:", link):
        return None
    name, _, anchor = link.partition("#")
    target = (document.path.parent / name).resolve() if name else document.path
    if not target.exists() or not target.is_relative_to(ROOT):
        return "no such file"
    if anchor and anchor not in anchors_of(target):
        return "no such heading"
    return None


@cache
def anchors_of(path: Path) -> frozenset[str]:
    return Document(path).anchors


@EVERY_DOCUMENT
def test_every_link_leads_somewhere(document: Document) -> None:
    faults = {link: fault_of(document, link) for link in document.links}
    assert {link: fault for link, fault in faults.items() if fault} == {}


@EVERY_DOCUMENT
def test_every_variable_is_read_somewhere(document: Document) -> None:
    assert sorted(set(VARIABLE.findall(document.text)) - known_variables()) == []


@cache
def known_variables() -> set[str]:
    """The names in the repository's sources, and those of the settings."""
    known = {its.variable for its in SETTINGS.values()}
    for path in files():
        if path.suffix in {".py", ".mak"}:
            known.update(VARIABLE.findall((ROOT / path).read_text(encoding="utf-8")))
    return known


@EVERY_DOCUMENT
def test_every_module_and_what_is_in_it_is_there(document: Document) -> None:
    lost = [dotted for dotted in set(MODULE.findall(document.text)) if not is_there(dotted)]
    # The attribute of a span has the same form.
    loggers = {"cybershop_customer.problem", *(call.logger for call in log_calls())}
    lost = [dotted for dotted in lost if dotted not in loggers]
    assert sorted(lost) == []


def is_there(dotted: str) -> bool:
    """Whether ``dotted`` is a module, which need not be imported for that, or in one."""
    parent, _, name = dotted.rpartition(".")
    try:
        return find_spec(dotted) is not None or hasattr(import_module(parent), name)
    except ModuleNotFoundError:
        # The parent is no package: a module, or a class in one.
        outer, _, inner = parent.rpartition(".")
        found = import_module(parent) if find_spec(parent) else getattr(import_module(outer), inner)
        return hasattr(found, name)


@EVERY_DOCUMENT
def test_every_file_is_there(document: Document) -> None:
    named = {name for code in document.code for name in FILE.findall(code)}
    named |= {name for block in document.blocks("sh") for name in FILE.findall(block)}
    of_the_reader = {name for name in named if "site-packages" in name or name.startswith("http")}
    beside = (ROOT, document.path.parent)
    lost = {name for name in named if not any((folder / name).exists() for folder in beside)}
    assert sorted(lost - of_the_reader) == []


@EVERY_DOCUMENT
def test_every_target_of_make_is_there(document: Document) -> None:
    for line in [*document.code, *document.blocks("sh")]:
        for makefile, targets in MAKE.findall(line):
            rules = (ROOT / (makefile or "Makefile")).read_text(encoding="utf-8")
            for target in targets.split():
                assert re.search(rf"^(?:\w+ )*{target}(?: \w+)*:", rules, re.MULTILINE), target


@EVERY_DOCUMENT
def test_every_command_is_understood(
    document: Document, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the parser of the command line; nothing is run."""
    printed = [line for block in document.blocks("sh") for line in lines_of(block)]
    for line in [*printed, *(code for code in document.code if "|" not in code)]:
        for words in commands_of(line):
            status = main.main([*words, "--help"])
            told = capsys.readouterr()
            assert status == 0, (words, told.err)
            options = {word.partition("=")[0] for word in words if word.startswith("--")}
            assert options - set(re.findall(r"--[a-z-]+", told.out)) == set(), words


def lines_of(block: str) -> list[str]:
    """The commands of a block, each in one line."""
    return block.replace("\\\n", " ").splitlines()


def commands_of(line: str) -> list[list[str]]:
    """The arguments that a line of shell gives to ``cybershop-customer``."""
    lexer = shlex.shlex(line if COMMAND in line else "", posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    found: list[list[str]] = [[]]
    for word in lexer:
        if word in ENDS:
            found.append([])
        elif found[-1] or not re.match(r"[A-Z_]+=", word):
            found[-1].append(word)
    return [words[1:] for words in found if words[:1] == [COMMAND]]


@EVERY_DOCUMENT
def test_every_shell_variable_was_obtained_before(document: Document) -> None:
    obtained: set[str] = set()
    for block in document.blocks("sh"):
        for line in lines_of(block):
            obtained.update(ASSIGNED.findall(line))
            assert set(SHELL_WORD.findall(line)) - obtained == set(), line


class TestTheChecker:
    """It would see a fault."""

    @pytest.fixture
    def document(self, tmp_path: Path) -> Document:
        text = (
            "# The `code` of it, here!\n\n## Twice\n\n## Twice\n\n[a](x.md) ![b](c.png)\n\n`x y`\n"
        )
        path = tmp_path / "page.md"
        path.write_text(text)
        return Document(path)

    def test_it_knows_the_anchors_of_github(self, document: Document) -> None:
        assert document.anchors == {"the-code-of-it-here", "twice", "twice-1"}

    def test_it_finds_links_and_code(self, document: Document) -> None:
        assert [*document.links] == ["x.md", "c.png"]
        assert [*document.code] == ["code", "x y"]

    @pytest.mark.parametrize(
        ("link", "fault"),
        [
            ("nowhere.md", "no such file"),
            ("../../etc", "no such file"),
            ("docs/http.md#nothing", "no such heading"),
            ("#nothing", "no such heading"),
            ("docs/http.md#errors", None),
            ("https://keepachangelog.com/", None),
        ],
    )
    def test_it_tells_what_is_wrong_with_a_link(self, link: str, fault: str | None) -> None:
        assert fault_of(Document(ROOT / "README.md"), link) == fault

    def test_it_finds_commands(self) -> None:
        line = "pip install . && cybershop-customer tables create --yes; cybershop-customer serve"
        assert commands_of(line) == [["tables", "create", "--yes"], ["serve"]]

    def test_every_page_is_looked_at(self) -> None:
        pages = {path for path in files() if path.suffix == ".md" and path.parts[0] != "tests"}
        assert pages == {document.path.relative_to(ROOT) for document in DOCUMENTS}
