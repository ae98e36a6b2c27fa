"""CHANGELOG.md has an entry for each change that a user sees."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from packaging.version import Version
from support.repository.checkout import ROOT

TEXT: Final = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
HEADINGS: Final = re.findall(r"^## \[(.+?)\](?: - (\d{4}-\d\d-\d\d))?$", TEXT, re.MULTILINE)


def test_the_next_release_comes_first_and_the_others_from_new_to_old() -> None:
    (first, _), *released = HEADINGS
    assert first == "Unreleased"
    versions = [Version(name) for name, _ in released]
    assert versions == sorted(versions, reverse=True)
    assert all(date for _, date in released)


def test_a_line_is_in_one_section_of_keep_a_changelog() -> None:
    sections = set(re.findall(r"^### (.+)$", TEXT, re.MULTILINE))
    assert sections <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def commit(folder: Path, message: str, **files: str) -> None:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_md", ".md")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    identity = ("-c", "user.name=a", "-c", "user.email=a@shop.example")
    subprocess.run(["git", "add", "."], cwd=folder, check=True)
    subprocess.run(["git", *identity, "commit", "-qm", message], cwd=folder, check=True)


class TestTheCheck:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
        empty = "# Changelog\n\n## [Unreleased]\n\n### Added\n"
        commit(tmp_path, "start", CHANGELOG_md=empty, domain__a="1")
        return tmp_path

    @pytest.fixture
    def check(self, folder: Path) -> Callable[..., tuple[int, str]]:
        def run(base: str = "HEAD~1") -> tuple[int, str]:
            command = [sys.executable, str(ROOT / "tools" / "changelog.py"), base]
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
            return done.returncode, done.stdout

        return run

    def test_a_change_of_the_product_needs_a_line(
        self, folder: Path, check: Callable[..., tuple[int, str]]
    ) -> None:
        commit(folder, "change", domain__a="2")
        status, told = check()
        assert (status, "1 files of the product" in told, "domain/a" in told) == (1, True, True)

        text = (folder / "CHANGELOG.md").read_text() + "\n- A new thing.\n"
        commit(folder, "say it", CHANGELOG_md=text)
        assert check("HEAD~2")[0] == 0

    def test_a_line_under_a_release_is_none(
        self, folder: Path, check: Callable[..., tuple[int, str]]
    ) -> None:
        text = (folder / "CHANGELOG.md").read_text() + "\n## [0.1.0] - 2026-01-31\n\n- Old.\n"
        commit(folder, "change", domain__a="2", CHANGELOG_md=text)
        assert check()[0] == 1

    def test_a_change_that_no_user_sees_says_so(
        self, folder: Path, check: Callable[..., tuple[int, str]]
    ) -> None:
        commit(folder, "tidy\n\nChangelog: none", domain__a="2")
        assert check()[0] == 0

    def test_it_says_so_for_its_own_commit_alone(
        self, folder: Path, check: Callable[..., tuple[int, str]]
    ) -> None:
        commit(folder, "change", domain__a="2")
        commit(folder, "tidy\n\nChangelog: none", domain__b="2")

        status, told = check("HEAD~2")

        assert (status, "1 files of the product" in told, "domain/a" in told) == (1, True, True)

    def test_what_is_not_the_product_needs_none(
        self, folder: Path, check: Callable[..., tuple[int, str]]
    ) -> None:
        commit(folder, "test", tests__a="2")
        assert check()[0] == 0

    def test_a_base_that_is_no_commit_is_refused(
        self, check: Callable[..., tuple[int, str]]
    ) -> None:
        assert check("nowhere") == (2, "nowhere is no commit of this repository.\n")
