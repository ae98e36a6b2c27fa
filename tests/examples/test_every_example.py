"""What every example keeps: its own tests pass, its script stops its services, it uses the face."""

import socket
from pathlib import Path
from typing import Final

import pytest
from support.processes.example import (
    PACKAGE,
    Example,
    is_public,
    listens,
    run,
    stop_after_start,
    survivors,
)
from support.processes.pytest_project import run_pytest
from support.repository.checkout import ROOT

EXAMPLES: Final = {"product": "product", "storefront": "storefront"}
"""The folders, with the name of the second service."""


@pytest.fixture(params=EXAMPLES)
def example(request: pytest.FixtureRequest) -> Example:
    return Example(request.param)


def test_every_example_is_tried() -> None:
    folders = {path.parent.name for path in (ROOT / "examples").glob("*/pyproject.toml")}

    assert folders == EXAMPLES.keys()


def test_its_own_tests_pass(example: Example, tmp_path: Path) -> None:
    outcome = run_pytest(example.copied_to(tmp_path))

    assert outcome.status == 0, outcome.output
    assert outcome.counts.keys() == {"passed"}
    assert "configfile: pyproject.toml" in outcome.output


def test_its_types_are_checked(example: Example) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    assert f"cd examples/{example.name} && MYPYPATH=../../.typing $(PYTHON) -m mypy ." in makefile


@pytest.mark.parametrize("position", [0, 1])
def test_its_script_fails_where_a_service_cannot_start_and_stops_only_its_own(
    example: Example, position: int
) -> None:
    service = ["customer", EXAMPLES[example.name]][position]
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        status, output = run(example.folder / "demo.py", f"--{service}-port", str(port))

        assert status == 1, output
        assert f"FAILED: {service} did not start" in output
        assert listens(("127.0.0.1", port))
    started = [line for line in output.splitlines() if " listens on " in line]
    assert len(started) == position
    assert not survivors()


def test_who_stops_its_script_stops_both_services(example: Example) -> None:
    stop_after_start(example.folder / "demo.py")

    assert not survivors()


def test_it_uses_the_public_face_alone(example: Example) -> None:
    assert [name for name in example.imported() if not is_public(name)] == []


def test_the_face_is_smaller_than_the_package() -> None:
    assert not is_public(f"{PACKAGE}.domain.errors")
    assert not is_public(f"{PACKAGE}.entrypoints.middlewares")
