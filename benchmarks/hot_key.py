"""A bot hammers one customer: what the other customers in the same partition of DynamoDB see.

    PYTHONPATH=tests python benchmarks/hot_key.py [--no-write]

This is a simulation, second by second, of the limits that AWS states for a partition. The units of
operations are those of ``cybershop-customer cost``. It measures nothing, so its figures are the
same everywhere. The script writes its table into docs/scale.md, and a test computes it again.
"""

import argparse
import sys
from pathlib import Path
from typing import Final

PAGE: Final = Path(__file__).resolve().parents[1] / "docs" / "scale.md"
sys.path.insert(0, str(Path(__file__).with_name("scale")))

from hot_table import hot_table  # noqa: E402 (found by the line above)
from markdown import with_parts  # noqa: E402


def main() -> None:
    """Simulate, and write or print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--no-write", action="store_true", help="print the table only")
    arguments = parser.parse_args()
    if arguments.no_write:
        print(hot_table())
        return
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(with_parts(page, "hot_key.py", [hot_table()]), encoding="utf-8")


if __name__ == "__main__":
    main()
