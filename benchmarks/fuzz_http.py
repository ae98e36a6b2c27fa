"""Sends many requests of schemathesis to the demo: as anyone, as a customer and as an admin.

    python benchmarks/fuzz_http.py --examples 400

Every check of schemathesis counts, also over several requests in a row. Beside them, each answer
must be one that /openapi.json describes, to the last member, and must be about the customer whom
the role may ask for. A bystander has data, a session and a password that no request can name: none
of the data may be in an answer to another customer, and at the end all must be as before.

Each role has a service of its own, and the roles run at the same time.
"""

import argparse
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any, Final
from urllib.request import Request, urlopen

ROOT: Final = Path(__file__).parents[1]
ROLES: Final = ("anonymous", "customer", "admin")
BASE: Final = "/api/v1/customer"
BYSTANDER: Final = {
    "customer_id": "bystander",
    "email": "canary-2b7c41@shop.example",
    "password": "canary-9f3e50 with a password",
    "fname": "canary-6d1a08",
    "lname": "canary-70c2e4",
    "address1": "canary-a84f17",
    "address2": "canary-c35b92",
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

LEFT_OUT: Final = (
    # After an end of all sessions the fuzzer logs in again, which opens another one.
    "use_after_free",
    # The demo mails no links for a proof, and tells no one who is a customer.
    "ensure_resource_availability",
)
"""Checks of schemathesis. It made one of them although the configuration switched it off."""


@dataclass(frozen=True)
class Result:
    """What the requests of one role found."""

    role: str
    statuses: Counter[str]
    succeeded: int
    """How many operations had a success."""
    passed: bool
    report: str


@contextmanager
def demo(storage: str, folder: Path) -> Iterator[str]:
    """The address of a demo that runs on the store ``storage``."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("CUSTOMER_")}
    store = {"CUSTOMER_STORAGE": storage, "CUSTOMER_SQLITE_PATH": str(folder / "demo.db")}
    with subprocess.Popen(
        [sys.executable, "-m", "cybershop_customer", "serve", "--demo", "--port", "0"],
        env=kept | SETTINGS | (store if storage == "sqlite" else {}),
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


class Bystander:
    """A customer who asks for nothing while the requests run."""

    def __init__(self, url: str) -> None:
        self._url = url
        call(f"{url}{BASE}/", "POST", BYSTANDER)
        credentials = {name: BYSTANDER[name] for name in ("customer_id", "password")}
        login, _ = call(f"{url}{BASE}/login", "PUT", credentials)
        self._bearer: str = login["context_id"]
        self._before = self._state()
        told = {name: text for name, text in BYSTANDER.items() if name != "customer_id"}
        self.secrets = [*told.values(), self._bearer, *self._before[2]]
        """Texts that no other customer may see."""

    def is_as_before(self) -> bool:
        """Whether the profile, its version and the session are those of the start."""
        return self._state() == self._before

    def _state(self) -> tuple[Any, str, list[str]]:
        """The profile, its ETag and the ids of the sessions, whose use lets them expire later."""
        profile, tag = call(f"{self._url}{BASE}/me", "GET", bearer=self._bearer)
        listed, _ = call(f"{self._url}{BASE}/me/sessions", "GET", bearer=self._bearer)
        return profile, tag, [session["session_id"] for session in listed["sessions"]]


def fuzz(role: str, options: argparse.Namespace, folder: Path) -> Result:
    """Send the requests of one role to a service of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    configuration, counts = folder / "schemathesis.toml", folder / "counts.json"
    configuration.write_text(CONFIGURATION)
    with demo(options.storage, folder) as url:
        bystander = Bystander(url)
        done = subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli", "--config-file", configuration, "run"),
                # Threads that parse Python at the same time can fail in CPython (gh-106905).
                *(f"{url}/openapi.json", "--checks", "all", "--workers", "1", "--no-color"),
                *("--exclude-checks", ",".join(LEFT_OUT)),
                *("--phases", "examples,coverage,fuzzing,stateful", "--continue-on-failure"),
                *("--max-examples", str(options.examples), "--max-time", str(options.seconds)),
                *("--no-shrink", "--suppress-health-check", "all", "--warnings", "off"),
                *("--generation-database", "none"),
                *(() if options.seed is None else ("--seed", str(options.seed))),
            ],
            env=os.environ
            | {
                "FUZZ_URL": url,
                "FUZZ_ROLE": role,
                "FUZZ_SECRETS": json.dumps(bystander.secrets),
                "FUZZ_COUNTS": str(counts),
                "PYTHONPATH": str(ROOT / "tests"),
                "SCHEMATHESIS_HOOKS": "support.http.fuzz_hooks",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        # An admin may change the bystander.
        unchanged = role == "admin" or bystander.is_as_before()
    report = done.stdout + done.stderr + ("" if unchanged else "\nThe bystander was changed.\n")
    (folder / "report.txt").write_text(report)
    counted = (
        json.loads(counts.read_text()) if counts.exists() else {"statuses": {}, "succeeded": []}
    )
    statuses = Counter(counted["statuses"])
    passed = not done.returncode and unchanged and statuses.total() > 0
    return Result(role, statuses, len(counted["succeeded"]), passed, report)


def main() -> int:
    """Run it, print the figures, and return 0 if every check passed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--examples", type=int, default=100, help="of each operation and role")
    parser.add_argument(
        "--seconds", type=int, default=3600, help="after which no new examples are tried"
    )
    parser.add_argument("--storage", choices=("memory", "sqlite"), default="memory")
    parser.add_argument("--seed", type=int, help="of an earlier run, to repeat its requests")
    parser.add_argument("--keep", type=Path, help="a folder for the reports of schemathesis")
    options = parser.parse_args()
    everything: Counter[str] = Counter()
    start = monotonic()
    with TemporaryDirectory() as scratch, ThreadPoolExecutor(len(ROLES)) as pool:
        folder: Path = options.keep or Path(scratch)
        pending = [pool.submit(fuzz, role, options, folder / role) for role in ROLES]
        results = [each.result() for each in pending]
    for result in results:
        everything += result.statuses
        print(f"{result.role}: {result.statuses.total()} answers", end="; ")
        print(f"{result.succeeded} operations succeeded: {dict(sorted(result.statuses.items()))}")
        if not result.passed:
            print(result.report[-12000:], file=sys.stderr)
    passed = all(result.passed for result in results)
    failed = sum(count for status, count in everything.items() if status == "500")
    print(f"all: {everything.total()} answers, {failed} with status 500", end="")
    print(f", in {monotonic() - start:.0f} s on {options.storage}")
    print("every check passed" if passed else "a check FAILED")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
