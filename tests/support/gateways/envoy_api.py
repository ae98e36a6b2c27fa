"""Envoy's own definitions of its configuration, which check a recipe.

They are read from the wheel of ``requirements/envoy.lock``, by a process of its own: an installed
one replaces files of another package. pip fetches the wheel once, into ``.envoy-api/``. Without it
the tests that need it are skipped, or fail with ``CI=true``.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).parents[3]
LOCK: Final = ROOT / "requirements" / "envoy.lock"
_CACHE: Final = ROOT / ".envoy-api"

_CHECK: Final = """
import json, sys
from importlib import import_module
from google.protobuf.json_format import ParseDict, ParseError

bootstrap = import_module("envoy.config.bootstrap.v3.bootstrap_pb2")
for name in (
    "extensions.filters.http.ext_authz.v3.ext_authz_pb2",
    "extensions.filters.http.header_mutation.v3.header_mutation_pb2",
    "extensions.filters.http.router.v3.router_pb2",
    "extensions.filters.network.http_connection_manager.v3.http_connection_manager_pb2",
):
    import_module(f"envoy.{name}")
try:
    ParseDict(json.load(sys.stdin), bootstrap.Bootstrap())
except ParseError as error:
    print(error)
"""


def refusals_of_envoy(configuration: Any) -> str:
    """Why Envoy would refuse ``configuration``; an empty text if it would not."""
    checked = subprocess.run(
        [sys.executable, "-c", _CHECK],
        env={**os.environ, "PYTHONPATH": str(_wheel())},
        input=json.dumps(configuration),
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr
    return checked.stdout


def _wheel() -> Path:
    found = next(_CACHE.glob("*.whl"), None)
    if found is not None:
        return found
    _CACHE.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=_CACHE) as fresh:
        wanted = ["--quiet", "--require-hashes", "--no-deps", "--only-binary", ":all:"]
        fetched = subprocess.run(
            [sys.executable, "-m", "pip", "download", *wanted, "--dest", fresh, "-r", str(LOCK)],
            env={name: text for name, text in os.environ.items() if name != "PIP_NO_INDEX"},
            capture_output=True,
            text=True,
            check=False,
        )
        if fetched.returncode != 0:
            reason = f"Envoy's definitions cannot be fetched: {fetched.stderr.strip()[-200:]}"
            if os.environ.get("CI") == "true":
                pytest.fail(reason, pytrace=False)
            pytest.skip(reason)
        (wheel,) = Path(fresh).glob("*.whl")
        return wheel.replace(_CACHE / wheel.name)
