"""The wheel of this checkout."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from support.repository.checkout import ROOT, files

_BUILD: Final = "from setuptools.build_meta import build_wheel; build_wheel('built')"


def build_wheel(folder: Path) -> Path:
    """Build it from a clean copy below ``folder``, so that nothing of an earlier build is in it."""
    copy = folder / "a-clone"
    for file in files():
        (copy / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / file, copy / file)
    # -I: the copy's own folders must not be importable while it is built.
    result = subprocess.run(
        [sys.executable, "-I", "-c", _BUILD], cwd=copy, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    (built,) = (copy / "built").glob("*.whl")
    return built
