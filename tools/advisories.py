"""Looks for known vulnerabilities of what the lock files pin, with pip-audit.

    python tools/advisories.py requirements/service.lock requirements/dev.lock

Exit status: 0 if there is none, or if no index of advisories can be reached (one line says so; with
``CUSTOMER_REQUIRE_ADVISORIES=1`` that is 1); 1 if there is one, or if a package is in no index.

pip-audit itself ends with 0 if its index does not know a package, as an index without advisories
knows none. So this reads what it says of each package.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

_SECONDS = 120
_UNREACHABLE = ("ConnectionError", "NameResolutionError", "ServiceError", "ConnectTimeout")


def main(locks: list[Path]) -> int:
    """Report on ``locks``; the exit status."""
    files = [word for lock in locks for word in ("--requirement", str(lock))]
    form = ["--require-hashes", "--disable-pip", "--format", "json", "--progress-spinner", "off"]
    command = [sys.executable, "-m", "pip_audit", "--timeout", "10", *form, *files]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return skipped(f"no answer within {_SECONDS} seconds")
    if not done.stdout:
        if any(word in done.stderr for word in _UNREACHABLE):
            return skipped("the index does not answer")
        print(done.stderr, file=sys.stderr)
        return 1
    return report(json.loads(done.stdout)["dependencies"])


def report(packages: list[dict[str, Any]]) -> int:
    """Print what pip-audit says of ``packages``; the exit status."""
    unknown = [it["name"] for it in packages if "skip_reason" in it]
    if packages and len(unknown) == len(packages):
        return skipped("the index has no advisories of any package")
    lines = [
        f"{it['name']} {it['version']}: {found['id']} ({', '.join(found['aliases'])}),"
        f" fixed in {', '.join(found['fix_versions']) or 'no version yet'}"
        for it in packages
        for found in it.get("vulns", ())
    ]
    lines += [f"{name}: the index does not know it" for name in unknown]
    for line in lines:
        print(line)
    if lines:
        print("Raise the version (make lock RENEW=--upgrade); SECURITY.md says by when.")
        return 1
    print(f"No known vulnerability in {len(packages)} packages.")
    return 0


def skipped(reason: str) -> int:
    """Say that nothing was checked; the exit status."""
    required = os.environ.get("CUSTOMER_REQUIRE_ADVISORIES") == "1"
    print(f"pip-audit {'failed' if required else 'skipped'}: {reason}")
    return 1 if required else 0


if __name__ == "__main__":
    sys.exit(main([Path(argument) for argument in sys.argv[1:]]))
