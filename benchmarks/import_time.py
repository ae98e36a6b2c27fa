"""The CPU time of an import in a new process, beyond the start of Python.

``python benchmarks/import_time.py``: the lowest and the median of 15 processes for each import. The
modules are compiled already. The modules that an editable installation loads at the start of Python
are not counted.
"""

import subprocess
import sys
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
PACKAGE: Final = "cybershop_customer"
RUNS: Final = 15
START: Final = f"""
import sys
from importlib.util import module_from_spec, spec_from_file_location
spec = spec_from_file_location(
    {PACKAGE!r}, {str(ROOT / "__init__.py")!r}, submodule_search_locations=[{str(ROOT)!r}]
)
sys.path[:0] = {[path for path in sys.path if path.endswith("-packages")]}
package = sys.modules[{PACKAGE!r}] = module_from_spec(spec)
"""
"""Finds the package in this checkout, and runs nothing of it."""
FACE: Final = "spec.loader.exec_module(package)\n"
IMPORTS: Final = {
    f"import {PACKAGE}": FACE,
    f"from {PACKAGE} import SessionRefusedError": (
        f"{FACE}from {PACKAGE} import SessionRefusedError"
    ),
    f"from {PACKAGE} import *": f"{FACE}from {PACKAGE} import *",
    **{
        f"import {PACKAGE}.entrypoints.{name}": f"{FACE}import {PACKAGE}.entrypoints.{name}"
        for name in ("client", "session_checkers", "middleware.wsgi", "container", "http.app")
    },
}


def main() -> None:
    """Print one line for each import."""
    print(f"{'':58} {'lowest ms':>9} {'median ms':>9}")
    start = min(cpu_seconds(START) for _ in range(RUNS))
    for name, code in IMPORTS.items():
        cpu_seconds(START + code)  # compiles the modules
        times = [1000 * (cpu_seconds(START + code) - start) for _ in range(RUNS)]
        print(f"{name:58} {min(times):9.1f} {median(times):9.1f}")


def cpu_seconds(code: str) -> float:
    """The CPU time of a new Python that runs ``code``."""
    before = getrusage(RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-I", "-S", "-c", code], check=True)
    after = getrusage(RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
