"""A machine without DynamoDB Local is told so."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
ONE_TEST = (
    "tests/integration/dynamodb/test_login_throttle.py"
    "::test_dynamodb_local_returns_no_item_so_a_refusal_costs_a_read_there"
)


def run(**variables: str) -> str:
    """What pytest prints of one test that needs DynamoDB Local, where there is no Java."""
    options = ("-q", "-n", "0", "-p", "no:cacheprovider", "--no-cov")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, ONE_TEST],
        cwd=ROOT,
        env={"PATH": "/nowhere", "DYNAMODB_LOCAL_HOME": "/nowhere", **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout


def test_one_line_says_what_is_missing_and_how_many_tests_were_skipped() -> None:
    line = (
        "DynamoDB Local: Java is missing; 1 tests were skipped"
        " (CUSTOMER_REQUIRE_DYNAMODB_LOCAL=1 makes them fail)"
    )
    assert line in run().splitlines()


def test_where_it_is_required_they_fail() -> None:
    printed = run(CUSTOMER_REQUIRE_DYNAMODB_LOCAL="1")

    assert "1 failed" in printed or "1 error" in printed
