"""The benchmarks that are built of other benchmarks still work."""

import sys
from pathlib import Path
from types import ModuleType
from typing import Final

import pytest
from support.repository.checkout import ROOT

FOLDER: Final = str(ROOT / "benchmarks")


@pytest.fixture
def benchmarks(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """``benchmarks/stores.py``, with rounds as short as a pause of the machine can make them."""
    monkeypatch.setattr(sys, "path", [FOLDER, *sys.path])
    import session_check
    import stores

    monkeypatch.setattr(session_check, "ROUND_SECONDS", 0)
    return stores


@pytest.mark.parametrize("storage", ["memory", "sqlite"])
def test_the_comparison_of_stores_checks_sessions(
    benchmarks: ModuleType, storage: str, tmp_path: Path
) -> None:
    environ = {"CUSTOMER_STORAGE": storage, "CUSTOMER_SQLITE_PATH": f"{tmp_path}/customer.db"}
    way = benchmarks._in_process("in process", environ)

    way.measure()

    assert way.check(way.context_id).customer_id == "zoe"
    assert len(way.rates) == len(way.costs) == 1
