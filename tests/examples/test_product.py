"""The example of a product service: its script."""

import socket
from pathlib import Path
from typing import Final

from support.processes.example import PACKAGE, Example, listening, run, survivors

EXAMPLE: Final = Example("product")
SCRIPT: Final = EXAMPLE.folder / "demo.py"


def test_the_script_shows_it_with_two_real_processes() -> None:
    status, output = run(SCRIPT)

    lines = output.splitlines()
    assert (status, lines[-1]) == (0, "All as expected; both services are stopped."), output
    statuses = [word for line in lines[2:-1] for word in line.split() if word.isdigit()]
    assert statuses == ["200"] * 3 + ["403", "401", "401"]
    assert lines[-2].endswith("401 revoked")
    assert all(" listens on http://" in line for line in lines[:2])
    assert not survivors()


def test_the_script_takes_the_ports_it_is_given() -> None:
    with socket.socket() as first, socket.socket() as second:
        for free in (first, second):
            free.bind(("127.0.0.1", 0))
        ports = [str(free.getsockname()[1]) for free in (first, second)]

    status, output = run(SCRIPT, "--customer-port", ports[0], "--product-port", ports[1])

    assert status == 0, output
    assert [str(listening(line)[1]) for line in output.splitlines()[:2]] == ports


def test_the_script_fails_where_a_refusal_is_missing(tmp_path: Path) -> None:
    copy = EXAMPLE.copied_to(tmp_path)
    service = copy / "product_service.py"
    text = service.read_text(encoding="utf-8")
    requirement = '@falcon.before(require("admin"))\n'
    assert text.count(requirement) == 1
    service.write_text(text.replace(requirement, ""), encoding="utf-8")

    status, output = run(copy / "demo.py")

    assert status == 1, output
    assert "expected 403, not 200" in output
    assert all(" listens on http://" in line for line in output.splitlines()[:2])
    assert not survivors()


def test_it_uses_the_middleware_and_the_client() -> None:
    used = EXAMPLE.imported()

    assert f"{PACKAGE}.entrypoints.middleware.falcon" in used
    assert f"{PACKAGE}.entrypoints.testkit.session_checker" in used
    assert f"{PACKAGE}.entrypoints.client" in used
