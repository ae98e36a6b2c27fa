"""The plugin's entry point does not spoil the measurement of this repository's own coverage."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.repository.checkout import ROOT

ONE_MODULE = "tests/unit/test_system.py"
WATCHER = """
import sys
import pytest

@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests():
    loaded = [name for name in sys.modules if name.partition(".")[0] == "cybershop_customer"]
    print("loaded before the measurement begins:", loaded)
"""


def test_the_plugin_loads_nothing_before_the_measurement_begins(tmp_path: Path) -> None:
    """pytest-cov starts in the hook of the watcher. Lines that ran earlier count as not covered."""
    (tmp_path / "watcher.py").write_text(WATCHER, encoding="utf-8")
    environ = {name: text for name, text in os.environ.items() if name != "PYTEST_ADDOPTS"}
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "watcher", "-s", "-n", "0", ONE_MODULE],
        cwd=ROOT,
        env={**environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert "loaded before the measurement begins: []" in result.stdout


def test_the_plugin_is_loaded_by_its_module_name(pytestconfig: pytest.Config) -> None:
    assert pytestconfig.pluginmanager.is_blocked("cybershop_customer")
    assert pytestconfig.pluginmanager.has_plugin("cybershop_customer.entrypoints.testkit.plugin")
