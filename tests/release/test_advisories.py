"""What pip-audit says decides, and not its exit status alone."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest
from support.repository.checkout import ROOT

if str(ROOT / "tools") not in sys.path:
    sys.path.append(str(ROOT / "tools"))
import advisories

SOUND: Final = {"name": "falcon", "version": "4.2.0", "vulns": []}
UNKNOWN: Final = {"name": "idna", "skip_reason": "Dependency not found"}
WEAK: Final = {
    "name": "urllib3",
    "version": "2.6.0",
    "vulns": [{"id": "PYSEC-1", "aliases": ["CVE-2026-21441"], "fix_versions": ["2.7.0"]}],
}


def audit(monkeypatch: pytest.MonkeyPatch, out: str, err: str = "", status: int = 0) -> int:
    """The exit status of the tool if pip-audit ends like this."""

    def run(*_: Any, **__: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess([], status, out, err)

    monkeypatch.setattr(subprocess, "run", run)
    return advisories.main([Path("some.lock")])


def packages(*told: dict[str, Any]) -> str:
    return json.dumps({"dependencies": told})


@pytest.mark.parametrize(
    ("told", "status", "line"),
    [
        ([SOUND], 0, "No known vulnerability in 1 packages."),
        ([SOUND, WEAK], 1, "urllib3 2.6.0: PYSEC-1 (CVE-2026-21441), fixed in 2.7.0"),
        ([SOUND, UNKNOWN], 1, "idna: the index does not know it"),
        ([UNKNOWN], 0, "pip-audit skipped: the index has no advisories of any package"),
    ],
)
def test_each_package_counts(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    told: list[dict[str, Any]],
    status: int,
    line: str,
) -> None:
    assert audit(monkeypatch, packages(*told)) == status
    assert line in capsys.readouterr().out


def test_an_index_that_cannot_be_reached_is_skipped_or_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    err = "Traceback\nrequests.exceptions.ConnectionError: no route"
    assert audit(monkeypatch, "", err, status=1) == 0
    monkeypatch.setenv("CUSTOMER_REQUIRE_ADVISORIES", "1")
    assert audit(monkeypatch, "", err, status=1) == 1
    printed = capsys.readouterr().out
    assert "pip-audit skipped: the index does not answer" in printed
    assert "pip-audit failed: the index does not answer" in printed


def test_any_other_failure_of_it_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert audit(monkeypatch, "", "usage: pip-audit", status=2) == 1
