"""schemathesis sends requests to the demo that runs, in each role, with all of its checks."""

import subprocess
import sys

import pytest
from support.repository.checkout import ROOT


@pytest.mark.slow
def test_every_answer_is_described_and_no_customer_reaches_another() -> None:
    program = ROOT / "benchmarks" / "fuzz_http.py"

    done = subprocess.run(
        [sys.executable, program, "--examples", "3"],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "the bystander is as before" in done.stdout
    assert "0 with status 500" in done.stdout
