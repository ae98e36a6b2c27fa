"""The software bill of materials has what is locked, with licences and dependencies."""

import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from packaging.utils import canonicalize_name
from support.repository.checkout import ROOT
from support.repository.requirements import packages_of


@pytest.mark.slow
def test_it_is_made_from_the_lock_file(tmp_path: Path) -> None:
    pytest.importorskip("cyclonedx_py", reason="cyclonedx-bom comes with the extra dev")
    target = tmp_path / "sbom.cdx.json"
    command = [sys.executable, "tools/sbom.py", "requirements/service.lock", str(target)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

    bill: dict[str, Any] = json.loads(target.read_text(encoding="utf-8"))
    product = bill["metadata"]["component"]
    assert bill["bomFormat"] == "CycloneDX"
    assert (product["name"], product["version"]) == (
        "cybershop-customer",
        version("cybershop-customer"),
    )
    assert all(component["licenses"] for component in bill["components"])
    (direct,) = [it for it in bill["dependencies"] if it["ref"] == product["bom-ref"]]
    wanted = {*packages_of("service"), *packages_of("foreign-hashes")}
    found = {canonicalize_name(ref.partition("==")[0]) for ref in direct["dependsOn"]}
    assert found == {canonicalize_name(name) for name in wanted}
    assert str(tmp_path) not in target.read_text(encoding="utf-8")
