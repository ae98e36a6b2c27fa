"""100 million customers, a million checks and 20,000 logins a second: what DynamoDB has to do.

    PYTHONPATH=tests python benchmarks/scale.py [--no-write]

The sizes of items are those of the product's own builders, the units of operations those of
``cybershop-customer cost``, and the CPU time of a check is what docs/performance.md states. Only
the time of a password hash is measured. The script writes the tables into docs/scale.md. A test
computes them again.
"""

import argparse
import statistics
import sys
import time
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(Path(__file__).with_suffix("")))

from page import MeasuredCosts, written  # noqa: E402 (found by the line above)

from cybershop_customer.adapters.bcrypt.password_hasher import BcryptPasswordHasher  # noqa: E402
from cybershop_customer.entrypoints.settings import Settings  # noqa: E402

PAGE: Final = ROOT / "docs" / "scale.md"
PERFORMANCE: Final = ROOT / "docs" / "performance.md"
ROUNDS: Final = 9


def main() -> None:
    """Measure, and write or print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--no-write", action="store_true", help="print the page only")
    arguments = parser.parse_args()
    costs = MeasuredCosts.read(PERFORMANCE.read_text(encoding="utf-8"), hash_seconds())
    page = written(PAGE.read_text(encoding="utf-8"), costs)
    if arguments.no_write:
        print(page)
    else:
        PAGE.write_text(page, encoding="utf-8")


def hash_seconds() -> float:
    """The CPU time of one hash at the cost of the settings, in seconds."""
    hasher = BcryptPasswordHasher(rounds=Settings().bcrypt_rounds)
    taken = []
    for _ in range(ROUNDS):
        began = time.thread_time()
        hasher.hash("correct horse battery staple")
        taken.append(time.thread_time() - began)
    return round(statistics.median(taken), 3)


if __name__ == "__main__":
    main()
