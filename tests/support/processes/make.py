"""Runs targets of api.mak with make."""

import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, field
from json import dumps, loads
from pathlib import Path
from typing import Any, Final

from support.http.transports import TIMEOUT

API_MAK: Final = Path(__file__).parents[3] / "api.mak"
_EXCHANGE: Final = re.compile(
    r"(?P<line>[A-Z]+ \S+)\n(?P<bearer>Authorization: .+\n)?(?P<sent>[{].*[}])\n"
    r"\n(?P<status>\d+)\n(?P<got>[{].*[}])\n",
    re.DOTALL,
)


@dataclass(frozen=True)
class Exchange:
    """What a target printed: its request, and the answer."""

    line: str
    bearer: str
    sent: dict[str, Any]
    status: int
    got: dict[str, Any]


@dataclass(frozen=True)
class Result:
    exit_status: int
    stdout: str
    stderr: str

    @property
    def exchange(self) -> Exchange:
        """Parse what was printed, which must be indented JSON."""
        found = _EXCHANGE.fullmatch(self.stdout)
        assert found, self.stdout + self.stderr
        sent, got = _pretty(found["sent"]), _pretty(found["got"])
        return Exchange(found["line"], found["bearer"] or "", sent, int(found["status"]), got)


@dataclass
class Make:
    """Runs targets in the folder ``cwd`` against a service, with only these ``tools``."""

    cwd: Path
    port: str
    tools: Path
    variables: dict[str, str] = field(default_factory=dict)
    """Variables for the command line of every run."""

    def __call__(
        self, target: str, *, environ: dict[str, str] | None = None, **variables: str
    ) -> Result:
        given = {"HOST": "127.0.0.1", "PORT": self.port, **self.variables, **variables}
        done = subprocess.run(
            ["make", "-f", API_MAK, target, *(f"{name}={text}" for name, text in given.items())],
            cwd=self.cwd,
            env={"PATH": str(self.tools), "HOME": str(self.cwd), **(environ or {})},
            capture_output=True,
            timeout=TIMEOUT,
            check=False,
        )
        return Result(done.returncode, done.stdout.decode(), done.stderr.decode())


def folder_of_tools(folder: Path, names: Iterable[str]) -> Path:
    """Make a folder for PATH that contains only these tools."""
    folder.mkdir()
    for name in names:
        found = shutil.which(name)
        assert found, f"{name} is needed to run these tests"
        (folder / name).symlink_to(found)
    return folder


def _pretty(text: str) -> dict[str, Any]:
    value: dict[str, Any] = loads(text)
    assert text == dumps(value, indent=2, ensure_ascii=False)
    return value
