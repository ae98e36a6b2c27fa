"""The repository's root is the package: what could go wrong with that, and with its files."""

import re
import sys
from pathlib import Path

from support.repository.checkout import ROOT, files, module_name, packages, sources

import cybershop_customer
from cybershop_customer import CustomerServiceError

# Written apart, so that this file is not a finding of its own.
UNFINISHED = re.compile("|".join(a + b for a, b in (("TO", "DO"), ("FIX", "ME"), ("XX", "X"))))
TEXTS = {".py", ".cfg", ".toml", ".md", ".mak", ".yml", ".yaml", ".sh"}


def test_the_package_is_this_checkout() -> None:
    assert Path(cybershop_customer.__file__).resolve() == ROOT / "__init__.py"


def test_the_errors_are_loaded_under_one_name() -> None:
    """Loaded twice, an ``except`` would miss what the other copy raises."""
    names = [name for name in sys.modules if name.endswith("domain.errors")]

    assert names == ["cybershop_customer.domain.errors"]
    assert CustomerServiceError.__module__ == names[0]


def test_no_module_of_the_root_is_loaded_by_its_bare_name() -> None:
    for folder in ("domain", "ports", "adapters", "entrypoints"):
        assert folder not in sys.modules


def test_every_folder_with_an_init_is_listed_in_setup_cfg() -> None:
    found = sorted(module_name(path) for path in sources() if path.name == "__init__.py")

    assert packages() == found


def test_every_folder_with_modules_has_an_init() -> None:
    folders = {path.parent for path in sources()}

    assert [folder for folder in folders if not (ROOT / folder / "__init__.py").exists()] == []


def test_only_two_modules_lie_at_the_root() -> None:
    at_the_root = sorted(path.name for path in sources() if len(path.parts) == 1)

    assert at_the_root == ["__init__.py", "__main__.py"]


def test_the_tests_are_no_package() -> None:
    assert not (ROOT / "tests" / "__init__.py").exists()


def test_nothing_is_left_unfinished() -> None:
    unfinished = [
        f"{path}:{number}"
        for path in files()
        if path.suffix in TEXTS or path.name == "Makefile"
        for number, line in enumerate((ROOT / path).read_text("utf-8").splitlines(), start=1)
        if UNFINISHED.search(line)
    ]

    assert unfinished == []


def test_sources_import_each_other_relatively() -> None:
    absolute = re.compile(r"^\s*(from|import) cybershop_customer\b", re.MULTILINE)

    found = [path for path in sources() if absolute.search((ROOT / path).read_text("utf-8"))]

    assert found == []
