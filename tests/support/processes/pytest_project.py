"""Another project, whose tests run in their own pytest process."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

TIMEOUT = 120.0
UNUSED_PLUGINS = ("cacheprovider", "hypothesispytest", "schemathesis")


@dataclass(frozen=True)
class Outcome:
    """The result of a pytest run."""

    output: str
    status: int

    @property
    def counts(self) -> dict[str, int]:
        """How many tests passed, failed and so on."""
        last = self.output.strip().splitlines()[-1]
        return {
            word.rstrip("s"): int(number) for number, word in re.findall(r"(\d+) ([a-z]+)", last)
        }


def run_pytest(folder: Path, *arguments: str, **files: str) -> Outcome:
    """Write ``files`` (name without ``.py``: text) into ``folder``, and run pytest there.

    pytest loads the plugin as for users, by the entry point of the installed package. Warnings are
    errors.
    """
    for name, text in files.items():
        (folder / f"{name}.py").write_text(dedent(text), encoding="utf-8")
    environ = {name: text for name, text in os.environ.items() if not name.startswith("PYTEST_")}
    # Other plugins of this environment take longer to load than the tests take to run.
    without = [part for name in UNUSED_PLUGINS for part in ("-p", f"no:{name}")]
    result = subprocess.run(
        [sys.executable, "-W", "error", "-m", "pytest", *without, *arguments],
        cwd=folder,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    return Outcome(result.stdout, result.returncode)
