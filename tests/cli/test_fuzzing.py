"""schemathesis sends requests to the demo that runs, in each role, with all of its checks."""

import re
import subprocess
import sys

import pytest
from support.repository.checkout import ROOT


@pytest.mark.slow
def test_every_answer_is_described_and_no_customer_reaches_another() -> None:
    program = ROOT / "benchmarks" / "fuzz_http.py"

    done = subprocess.run(
        # The same requests each time. A longer run by hand tries others.
        [sys.executable, program, "--examples", "5", "--seconds", "60", "--seed", "18"],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "every check passed" in done.stdout
    assert ", 0 with status 500" in done.stdout
    for role in ("anonymous", "customer", "admin"):
        assert re.search(rf"^{role}: [1-9]\d* answers; [1-9]", done.stdout, re.MULTILINE), role
