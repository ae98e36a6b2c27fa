"""Sends many requests of schemathesis to the demo: as anyone, as a customer and as an admin.

    python benchmarks/fuzz_http.py --examples 400

Every check of schemathesis counts, also over several requests in a row. Beside them, each answer
must be one that /openapi.json describes, to the last member, and none may be about another
customer. At the end a customer who asked for nothing must be as before.
"""

import argparse
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from urllib.request import Request, urlopen

ROOT: Final = Path(__file__).parents[1]
ROLES: Final = ("anonymous", "customer", "admin")
BASE: Final = "/api/v1/customer"
OTHER: Final = {
    "customer_id": "bystander",
    "email": "bystander@shop.example",
    "password": "correct horse",
}
SETTINGS: Final = {
    # The limits have tests of their own; here they would refuse most requests.
    "CUSTOMER_SOURCE_FAILURES": "0",
    "CUSTOMER_LOGIN_ATTEMPTS": "100",
    "CUSTOMER_LOGIN_WINDOW_SECONDS": "60",
    "CUSTOMER_SESSION_FEED": "true",
    "CUSTOMER_SESSION_FEED_TOKEN": "0123456789abcdef0123456789ABCDEF",
    "CUSTOMER_INTROSPECTION_TOKENS": "fuzzer=0123456789abcdef0123456789ABCDEG",
}
CONFIGURATION: Final = """
[checks.positive_data_acceptance]
# 400 has a check of its own in tests/support/http/fuzz_hooks.py.
expected-statuses = ["2xx", "400", "401", "403", "404", "409", "412", "422", "429", "503"]

[phases.coverage]
# OPTIONS is answered on every path.
unexpected-methods = ["DELETE", "PATCH", "POST", "PUT", "TRACE"]

[[operations]]
# The gate answers every method.
include-path-regex = "/session/authorize"
phases.coverage.unexpected-methods = []
"""


@contextmanager
def demo() -> Iterator[str]:
    """The address of a demo that runs."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("CUSTOMER_")}
    with subprocess.Popen(
        [sys.executable, "-m", "cybershop_customer", "serve", "--demo", "--port", "0"],
        env=kept | SETTINGS,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().rstrip().removeprefix("customer listens on ")
        finally:
            process.terminate()
            process.wait(30)


def call(url: str, method: str, message: object = None, bearer: str = "") -> tuple[Any, str]:
    """The JSON object and the ETag of a success."""
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {bearer}"}
    body = None if message is None else json.dumps(message).encode()
    with urlopen(Request(url, body, headers, method=method), timeout=30) as answer:
        return json.load(answer), answer.headers.get("ETag", "")


def fuzz(url: str, role: str, examples: int, folder: Path) -> tuple[Counter[str], bool]:
    """The answers in one role by status, and whether every check passed."""
    configuration = folder / "schemathesis.toml"
    configuration.write_text(CONFIGURATION)
    report = folder / f"{role}.ndjson"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", configuration, "run"),
            *(f"{url}/openapi.json", "--checks", "all", "--workers", "1", "--no-color"),
            *("--phases", "examples,coverage,fuzzing,stateful", "--continue-on-failure"),
            *("--max-examples", str(examples), "--no-shrink", "--suppress-health-check", "all"),
            *("--warnings", "off", "--generation-database", "none"),
            *("--report", "ndjson", "--report-ndjson-path", report),
        ],
        env=os.environ
        | {
            "FUZZ_URL": url,
            "FUZZ_ROLE": role,
            "PYTHONPATH": str(ROOT / "tests"),
            "SCHEMATHESIS_HOOKS": "support.http.fuzz_hooks",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    (folder / f"{role}.txt").write_text(done.stdout + done.stderr)
    statuses = re.findall(r'"status_code": ?(\d{3})', report.read_text())
    if done.returncode:
        print(done.stdout[-8000:], done.stderr[-4000:], file=sys.stderr)
    return Counter(statuses), done.returncode == 0


def main() -> int:
    """Run it, print the figures, and return 0 if every check passed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--examples", type=int, default=100, help="of each operation and role")
    parser.add_argument("--keep", type=Path, help="a folder for the reports of schemathesis")
    options = parser.parse_args()
    everything: Counter[str] = Counter()
    passed = True
    with TemporaryDirectory() as scratch, demo() as url:
        folder = options.keep or Path(scratch)
        call(f"{url}{BASE}/", "POST", OTHER)
        login, _ = call(
            f"{url}{BASE}/login",
            "PUT",
            {"customer_id": OTHER["customer_id"], "password": OTHER["password"]},
        )
        bearer = login["context_id"]
        before = call(f"{url}{BASE}/me", "GET", bearer=bearer)
        for role in ROLES:
            statuses, fine = fuzz(url, role, options.examples, folder)
            everything += statuses
            print(f"{role}: {statuses.total()} answers: {dict(sorted(statuses.items()))}")
            passed = passed and fine
            if role == "customer":
                # Admins may change the bystander.
                unchanged = call(f"{url}{BASE}/me", "GET", bearer=bearer) == before
                print("the bystander is", "as before" if unchanged else "CHANGED")
                passed = passed and unchanged
    failed = sum(count for status, count in everything.items() if status == "500")
    print(f"all: {everything.total()} answers, {failed} with status 500")
    print("every check passed" if passed else "a check FAILED")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
