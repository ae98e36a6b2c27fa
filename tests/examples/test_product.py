"""The example of a product service: its own tests, its script, and what it may use."""

import ast
import os
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path

import pytest
from support.processes.pytest_project import run_pytest
from support.repository.checkout import ROOT

EXAMPLE = ROOT / "examples" / "product"
TIMEOUT = 120.0
PACKAGE = "cybershop_customer"
PUBLIC = (
    PACKAGE,
    f"{PACKAGE}.entrypoints.testkit.session_checker",
    f"{PACKAGE}.entrypoints.container",
    f"{PACKAGE}.entrypoints.middleware",
    f"{PACKAGE}.entrypoints.session_checkers",
    f"{PACKAGE}.entrypoints.testkit",
)
"""What services may import."""
SOURCES = sorted(EXAMPLE.glob("*.py"))


def start(script: Path, *arguments: str) -> "subprocess.Popen[str]":
    environ = {name: text for name, text in os.environ.items() if not name.startswith("CUSTOMER_")}
    return subprocess.Popen(
        [sys.executable, script, *arguments],
        env=environ | {"PYTHONUNBUFFERED": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def run(script: Path, *arguments: str) -> tuple[int, str]:
    """Exit status and output."""
    with start(script, *arguments) as process:
        try:
            output, _ = process.communicate(timeout=TIMEOUT)
        finally:
            process.kill()
        return process.returncode, output


def listening(line: str) -> tuple[str, int]:
    """The address in a line such as ``product listens on http://127.0.0.1:30001``."""
    host, _, port = line.strip().rpartition("/")[2].partition(":")
    return host, int(port)


def listens(address: tuple[str, int]) -> bool:
    with suppress(OSError), closing(socket.create_connection(address, timeout=10)):
        return True
    return False


def test_its_own_tests_pass(tmp_path: Path) -> None:
    copy = tmp_path / "product"
    shutil.copytree(EXAMPLE, copy, ignore=shutil.ignore_patterns("__pycache__", ".*"))

    outcome = run_pytest(copy)

    assert outcome.status == 0, outcome.output
    assert outcome.counts.keys() == {"passed"}
    assert "configfile: pyproject.toml" in outcome.output


def test_the_script_shows_it_with_two_real_processes() -> None:
    status, output = run(EXAMPLE / "demo.py")

    lines = output.splitlines()
    assert (status, lines[-1]) == (0, "All as expected; both services are stopped."), output
    statuses = [word for line in lines[2:-1] for word in line.split() if word.isdigit()]
    assert statuses == ["200"] * 6 + ["403", "401", "200", "401"]
    assert lines[-2].endswith("401 revoked")
    assert not [line for line in lines[:2] if listens(listening(line))]


def test_the_script_takes_the_ports_it_is_given() -> None:
    with socket.socket() as first, socket.socket() as second:
        for free in (first, second):
            free.bind(("127.0.0.1", 0))
        ports = [str(free.getsockname()[1]) for free in (first, second)]

    status, output = run(
        EXAMPLE / "demo.py", "--customer-port", ports[0], "--product-port", ports[1]
    )

    assert status == 0, output
    assert [str(listening(line)[1]) for line in output.splitlines()[:2]] == ports


@pytest.mark.parametrize("service", ["customer", "product"])
def test_the_script_fails_where_a_service_cannot_start_and_stops_only_its_own(
    service: str,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        status, output = run(EXAMPLE / "demo.py", f"--{service}-port", str(port))

        assert status == 1, output
        assert f"FAILED: {service} did not start" in output
        assert listens(("127.0.0.1", port))
    started = [line for line in output.splitlines() if " listens on " in line]
    assert len(started) == ["customer", "product"].index(service)
    assert not [line for line in started if listens(listening(line))]


def test_the_script_fails_where_a_refusal_is_missing(tmp_path: Path) -> None:
    copy = tmp_path / "product"
    shutil.copytree(EXAMPLE, copy, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    service = copy / "product_service.py"
    text = service.read_text(encoding="utf-8")
    requirement = '@falcon.before(require("admin"))\n'
    assert text.count(requirement) == 1
    service.write_text(text.replace(requirement, ""), encoding="utf-8")

    status, output = run(copy / "demo.py")

    assert status == 1, output
    assert "expected 403, not 200" in output
    assert not [line for line in output.splitlines()[:2] if listens(listening(line))]


def test_who_stops_the_script_stops_both_services() -> None:
    with start(EXAMPLE / "demo.py") as process:
        assert process.stdout
        addresses = [listening(process.stdout.readline()) for _ in range(2)]

        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=TIMEOUT)

    assert not [address for address in addresses if listens(address)]


def imported(source: Path) -> set[str]:
    """The modules of the package that ``source`` imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "relative"
            names.add(node.module or "")
    return {name for name in names if name.partition(".")[0] == PACKAGE}


def is_public(module: str) -> bool:
    below = tuple(f"{name}." for name in PUBLIC if name.endswith(("middleware", "testkit")))
    return module in PUBLIC or module.startswith(below)


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_it_uses_the_public_face_alone(source: Path) -> None:
    assert [name for name in imported(source) if not is_public(name)] == []


def test_it_uses_the_face_at_all() -> None:
    used = set().union(*(imported(source) for source in SOURCES))

    assert f"{PACKAGE}.entrypoints.middleware.falcon" in used
    assert f"{PACKAGE}.entrypoints.testkit.session_checker" in used
    assert not is_public(f"{PACKAGE}.domain.errors")
    assert not is_public(f"{PACKAGE}.entrypoints.middlewares")
