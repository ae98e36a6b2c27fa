"""The repository of these tests."""

import subprocess
from configparser import ConfigParser
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[3]
PACKAGE: Final = "cybershop_customer"


def files() -> list[Path]:
    """Every file that git tracks or would add, relative to ``ROOT``."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [Path(name) for name in listed.split("\0") if name and (ROOT / name).is_file()]


def sources() -> list[Path]:
    """The modules of the package."""
    beside = {"tests", "tools", "benchmarks", "examples", "docs"}
    return [path for path in files() if path.suffix == ".py" and path.parts[0] not in beside]


def module_name(source: Path) -> str:
    """The name under which ``source`` is imported."""
    parts = (PACKAGE, *source.with_suffix("").parts)
    return ".".join(parts).removesuffix(".__init__")


def packages() -> list[str]:
    """The packages that setup.cfg lists."""
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    return setup["options"]["packages"].split()
