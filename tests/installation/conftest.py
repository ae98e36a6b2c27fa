"""Environments with one extra of the built wheel each."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.repository.wheel import build_wheel


class Environment:
    """A virtual environment with the wheel, and the packages of one extra, or none."""

    def __init__(self, folder: Path, wheel: Path, extra: str) -> None:
        self._folder = folder
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
        # One pip for all: to install pip into each environment takes longer than the extras.
        what = f"cybershop-customer[{extra}] @ {wheel.as_uri()}" if extra else str(wheel)
        pip = [sys.executable, "-m", "pip", "--quiet", "--python", str(self.program("python"))]
        done = subprocess.run(
            [*pip, "install", "--no-compile", what], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr

    def program(self, name: str) -> Path:
        return self._folder / "bin" / name

    def packages(self) -> set[str]:
        """The names of what is installed, beside the wheel."""
        code = "import importlib.metadata as m; print(*{it.name for it in m.distributions()})"
        return set(self.run("python", "-I", "-c", code).stdout.split()) - {"cybershop-customer"}

    def run(
        self, program: str, *arguments: str, status: int = 0, **environ: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment. It must end with ``status``."""
        kept = {name: os.environ[name] for name in ("HOME", "PATH") if name in os.environ}
        done = subprocess.run(
            [self.program(program), *arguments],
            cwd=self._folder,
            env={**kept, **environ},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("checkout"))


@pytest.fixture
def environment(wheel: Path, tmp_path: Path) -> Callable[[str], Environment]:
    """Makes the environment of an extra; of none for an empty text."""

    def make(extra: str) -> Environment:
        return Environment(tmp_path / "environment", wheel, extra)

    return make
