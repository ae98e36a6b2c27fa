"""docs/public-modules.md lists the modules that users may import, and what each offers."""

import ast
import os
import re
import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import pytest
from support.repository.checkout import PACKAGE, ROOT, files
from support.repository.markdown import documents

MODULE: Final = re.compile(rf"\b{PACKAGE}(?:\.\w+)+")
ROW: Final = re.compile(rf"^\| `({PACKAGE}[\w.]+)` \| ([^|]+) \| [^|]+ \|$", re.MULTILINE)
PAGE: Final = (ROOT / "docs" / "public-modules.md").read_text(encoding="utf-8")
PUBLIC: Final = {module: re.findall(r"`(\w+)`", names) for module, names in ROW.findall(PAGE)}
# Importing them reads the environment of a deployment.
WSGI: Final = f"{PACKAGE}.entrypoints.http.wsgi"
LAMBDA: Final = f"{PACKAGE}.entrypoints.aws_lambda.handler"


def imported(code: str) -> set[tuple[str, str]]:
    """The modules of the package that ``code`` imports, each with a name from it."""
    return {
        (node.module, alias.name)
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == PACKAGE
        for alias in node.names
        if node.module
    }


def examples() -> list[str]:
    """The code that users are shown."""
    programs = [path for path in files() if path.parts[0] == "examples" and path.suffix == ".py"]
    blocks = [block for document in documents() for block in document.blocks("python")]
    return [*blocks, *((ROOT / path).read_text(encoding="utf-8") for path in programs)]


def module_of(dotted: str) -> str:
    """The module that ``dotted`` is, or is in."""
    while not is_module(dotted):
        dotted = dotted.rpartition(".")[0]
    return dotted


def is_module(dotted: str) -> bool:
    try:
        return find_spec(dotted) is not None
    except ModuleNotFoundError:
        return False


def all_of(module: str) -> list[str]:
    """Its ``__all__``, read without importing it."""
    spec = find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    for node in ast.parse(Path(spec.origin).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            names: list[str] = ast.literal_eval(node.value)
            return names
    pytest.fail(f"{module} has no __all__")


def by_kind(name: str) -> tuple[bool, bool, str]:
    """The order of ``__all__``: constants, classes, functions."""
    return not name.isupper(), not name[0].isupper(), name


def test_each_module_that_a_document_names_is_public() -> None:
    named = {module_of(found) for it in documents() for found in MODULE.findall(it.text)}

    assert sorted(named - PUBLIC.keys() - {PACKAGE}) == []


def test_each_name_that_an_example_imports_is_public() -> None:
    names = {
        (module, name)
        for module in [PACKAGE, *PUBLIC]
        for name in (import_module(PACKAGE).__all__ if module == PACKAGE else PUBLIC[module])
    }
    shown = {found for code in examples() for found in imported(code)}

    assert shown
    assert sorted(shown - names) == []


@pytest.mark.parametrize("module", PUBLIC)
def test_a_public_module_has_the_names_that_the_page_gives_in_order(module: str) -> None:
    assert all_of(module) == PUBLIC[module] == sorted(PUBLIC[module], key=by_kind)


@pytest.mark.parametrize("module", [module for module in PUBLIC if module not in {LAMBDA, WSGI}])
def test_a_public_module_can_be_imported_and_has_its_names(module: str) -> None:
    for name in PUBLIC[module]:
        assert hasattr(import_module(module), name)


def test_the_application_can_be_imported_where_the_settings_are_right() -> None:
    environ = {**os.environ, "CUSTOMER_STORAGE": "memory"}
    code = f"from {WSGI} import application; assert callable(application)"

    subprocess.run([sys.executable, "-c", code], env=environ, check=True)


def test_the_lambda_handler_can_be_imported_where_the_settings_are_right() -> None:
    environ = {**os.environ, "AWS_DEFAULT_REGION": "eu-central-1"}
    code = f"from {LAMBDA} import authorize; assert callable(authorize)"

    subprocess.run([sys.executable, "-c", code], env=environ, check=True)


def test_the_modules_are_in_the_order_of_the_alphabet() -> None:
    assert PUBLIC
    assert [*PUBLIC] == sorted(PUBLIC)
