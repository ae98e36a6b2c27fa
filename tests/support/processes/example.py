"""The examples of the repository, and their scripts as processes."""

import ast
import os
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from support.repository.checkout import ROOT

TIMEOUT: Final = 120.0
MARK: Final = "STARTED_BY_EXAMPLE_TEST"
"""The variable by which a process is known that a script of this test process has started."""
PACKAGE: Final = "cybershop_customer"
PUBLIC: Final = (
    PACKAGE,
    f"{PACKAGE}.entrypoints.client",
    f"{PACKAGE}.entrypoints.container",
    f"{PACKAGE}.entrypoints.services",
    f"{PACKAGE}.entrypoints.session_checkers",
)
"""What services may import, with all modules of PUBLIC_FOLDERS."""
PUBLIC_FOLDERS: Final = (f"{PACKAGE}.entrypoints.middleware", f"{PACKAGE}.entrypoints.testkit")


@dataclass(frozen=True)
class Example:
    """A folder of ``examples``. Its script starts two services: the customer service first."""

    name: str

    @property
    def folder(self) -> Path:
        return ROOT / "examples" / self.name

    @property
    def sources(self) -> list[Path]:
        return sorted(self.folder.glob("*.py"))

    def copied_to(self, folder: Path) -> Path:
        """A copy that a test may change."""
        copy = folder / self.name
        shutil.copytree(self.folder, copy, ignore=shutil.ignore_patterns("__pycache__", ".*"))
        return copy

    def imported(self) -> set[str]:
        """The modules of the package that its files import."""
        return set().union(*(imported(source) for source in self.sources))


def start(script: Path, *arguments: str) -> "subprocess.Popen[str]":
    environ = {name: text for name, text in os.environ.items() if not name.startswith("CUSTOMER_")}
    return subprocess.Popen(
        [sys.executable, script, *arguments],
        env=environ | {"PYTHONUNBUFFERED": "1", MARK: str(os.getpid())},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def run(script: Path, *arguments: str) -> tuple[int, str]:
    """Exit status and output."""
    with start(script, *arguments) as process:
        try:
            output, _ = process.communicate(timeout=TIMEOUT)
        finally:
            process.kill()
        return process.returncode, output


def stop_after_start(script: Path) -> None:
    """Start the script, and stop it by a signal when both of its services listen."""
    with start(script) as process:
        assert process.stdout
        for _ in range(2):
            listening(process.stdout.readline())
        assert len(survivors()) >= 3
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=TIMEOUT)


def listening(line: str) -> tuple[str, int]:
    """The address in a line such as ``product listens on http://127.0.0.1:30001``."""
    host, _, port = line.strip().rpartition("/")[2].partition(":")
    return host, int(port)


def survivors() -> list[int]:
    """The processes that scripts have started here and that still run (proc(5)).

    A port would not tell: another test may listen on it a moment later.
    """
    found: list[int] = []
    for environ in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if f"{MARK}={os.getpid()}".encode() in environ.read_bytes().split(b"\0"):
                found.append(int(environ.parent.name))
    return found


def listens(address: tuple[str, int]) -> bool:
    with suppress(OSError), closing(socket.create_connection(address, timeout=10)):
        return True
    return False


def imported(source: Path) -> set[str]:
    """The modules of the package that ``source`` imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "relative"
            names.add(node.module or "")
    return {name for name in names if name.partition(".")[0] == PACKAGE}


def is_public(module: str) -> bool:
    return module in PUBLIC or module.startswith(tuple(f"{name}." for name in PUBLIC_FOLDERS))
