"""How many processors the process may use, by its binding and by its container's limit."""

import os
from pathlib import Path

import pytest

from cybershop_customer.adapters.system.available_cores import available_cores


@pytest.fixture(autouse=True)
def eight_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)


def test_without_a_limit_it_is_the_processors_of_the_process(tmp_path: Path) -> None:
    assert available_cores(tmp_path) == 8


def test_a_system_without_bindings_has_all_processors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 3)

    assert available_cores(tmp_path) == 3


@pytest.mark.parametrize(
    ("limit", "cores"),
    [
        ("max 100000", 8),
        ("250000 100000", 2),
        ("50000 100000", 1),
        ("9900000 100000", 8),
        ("0 100000", 8),
        ("rubbish", 8),
        ("100000 0", 8),
    ],
)
def test_the_limit_of_a_container_counts(tmp_path: Path, limit: str, cores: int) -> None:
    (tmp_path / "cpu.max").write_text(limit + "\n")

    assert available_cores(tmp_path) == cores


@pytest.mark.parametrize(("quota", "cores"), [("-1", 8), ("300000", 3)])
def test_the_limit_of_an_older_container_counts(tmp_path: Path, quota: str, cores: int) -> None:
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text(quota + "\n")
    (tmp_path / "cpu" / "cpu.cfs_period_us").write_text("100000\n")

    assert available_cores(tmp_path) == cores


def test_this_machine_has_at_least_one() -> None:
    assert available_cores() >= 1
