"""CI and the image install what the lock files pin, and nothing else."""

import os
import re
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Final

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from support.repository.checkout import ROOT
from support.repository.requirements import packages_of

if str(ROOT / "tools") not in sys.path:
    sys.path.append(str(ROOT / "tools"))
from locked import Pin, pins

FOLDER: Final = ROOT / "requirements"
LOCKS: Final = sorted(FOLDER.glob("*.lock"))
EACH: Final = pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
PYTHONS: Final = ("3.11", "3.12", "3.13")
LINUX: Final = {"sys_platform": "linux", "os_name": "posix", "platform_system": "Linux"}


def on_linux(python: str) -> dict[str, str]:
    return {**LINUX, "python_version": python, "python_full_version": f"{python}.0"}


def locked(lock: str, environment: dict[str, str] | None = None) -> dict[str, Pin]:
    return {pin.name: pin for pin in pins(FOLDER / lock) if pin.applies(environment)}


def test_each_use_has_a_lock_of_its_own() -> None:
    assert [lock.stem for lock in LOCKS] == ["build", "dev", "envoy", "service"]


@EACH
def test_each_pin_has_hashes_and_no_line_names_an_index(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")

    assert [pin.name for pin in pins(lock) if not pin.hashes] == []
    assert re.findall(r"^.*(?:://|--index|--find-links|@ ).*$", text, re.MULTILINE) == []


# envoy.lock is never installed (requirements/envoy.in).
@pytest.mark.parametrize(
    "lock", [it for it in LOCKS if it.stem != "envoy"], ids=lambda path: path.name
)
def test_its_versions_are_those_of_developers(lock: Path) -> None:
    def files(path: Path) -> set[tuple[str, str, frozenset[str]]]:
        return {(pin.name, pin.version, pin.hashes) for pin in pins(path)}

    assert files(lock) - files(FOLDER / "dev.lock") == set()


@pytest.mark.parametrize(("lock", "extra"), [("service.lock", "service"), ("dev.lock", "dev")])
@pytest.mark.parametrize("python", PYTHONS)
def test_it_has_what_setup_cfg_requires(lock: str, extra: str, python: str) -> None:
    """If this fails: `make lock`."""
    environment = on_linux(python)
    found = locked(lock, environment)
    for name, requirement in packages_of(extra).items():
        if requirement.marker is None or requirement.marker.evaluate(environment):
            pin = found[canonicalize_name(name)]
            assert requirement.specifier.contains(pin.version), (name, pin.version)


def test_the_build_is_that_of_pyproject_toml() -> None:
    listed = (FOLDER / "build.in").read_text(encoding="utf-8").splitlines()
    wanted = [line for line in listed if not line.startswith("#")]

    assert f"requires = {wanted}".replace("'", '"') in (ROOT / "pyproject.toml").read_text("utf-8")
    for requirement in map(Requirement, wanted):
        assert requirement.specifier.contains(locked("build.lock")[requirement.name].version)


def test_ci_runs_with_these_versions() -> None:
    """OWASP ASVS 5.0, 15.2.4: what was tested is what was chosen."""
    if os.environ.get("CUSTOMER_REQUIRE_LOCKED_VERSIONS") != "1":
        pytest.skip("Locked versions: CUSTOMER_REQUIRE_LOCKED_VERSIONS=1, which .ci/run sets")
    told = {name: version(name) for name in locked("dev.lock")}
    assert told == {name: pin.version for name, pin in locked("dev.lock").items()}


@pytest.mark.parametrize(
    "line",
    [
        "--index-url https://packages.shop.example/simple",
        "falcon>=4.2",
        "falcon==4.2",
        "    --hash=md5:0123",
    ],
)
def test_a_line_that_would_weaken_it_is_refused(tmp_path: Path, line: str) -> None:
    lock = tmp_path / "weak.lock"
    lock.write_text(f"idna==3.15 \\\n    --hash=sha256:{'0' * 64}\n{line}\n")
    with pytest.raises(ValueError, match=r"weak\.lock"):
        pins(lock)
