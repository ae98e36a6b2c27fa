"""What is in the wheel: the package, and nothing that only its developers need."""

import re
from pathlib import Path, PurePosixPath
from zipfile import ZipFile

import pytest
from support.repository.checkout import PACKAGE, ROOT, packages, sources
from support.repository.wheel import build_wheel

from cybershop_customer.domain.notification import NotificationKind


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> ZipFile:
    return ZipFile(build_wheel(tmp_path_factory.mktemp("checkout")))


def contents(wheel: ZipFile) -> list[PurePosixPath]:
    return [PurePosixPath(name) for name in wheel.namelist()]


def metadata(wheel: ZipFile, name: str) -> str:
    (path,) = (name_ for name_ in wheel.namelist() if name_.endswith(f".dist-info/{name}"))
    return wheel.read(path).decode()


COMMON_PASSWORDS = PurePosixPath(PACKAGE, "adapters", "common_passwords")
DATA = {
    PurePosixPath(PACKAGE, "py.typed"),
    COMMON_PASSWORDS / "NOTICE",
    COMMON_PASSWORDS / "common_passwords.txt.xz",
    *(
        PurePosixPath(PACKAGE, "adapters", "mail", "templates", locale, f"{kind}.{ending}")
        for locale in ("de", "en")
        for kind in NotificationKind
        for ending in ("html", "txt")
    ),
    *(
        PurePosixPath(PACKAGE, "entrypoints", "http", "demo", name)
        for page in ("verify-email", "reset-password")
        for name in (f"{page}.html", f"{page}.js", "link.js", "pages.css")
    ),
    *(
        PurePosixPath(PACKAGE, "entrypoints", "http", "reference", name)
        for name in ("docs.html", "page.css", "page.js")
    ),
}


def test_it_holds_every_module_and_the_data_files_and_nothing_else(wheel: ZipFile) -> None:
    inside = {path for path in contents(wheel) if path.parts[0] == PACKAGE}

    modules = {PurePosixPath(PACKAGE, path.as_posix()) for path in sources()}
    assert inside == modules | DATA


def test_its_folders_are_the_packages_of_setup_cfg(wheel: ZipFile) -> None:
    folders = {".".join(path.parent.parts) for path in contents(wheel) if path.suffix == ".py"}

    assert sorted(folders) == packages()


def test_it_installs_one_package_beside_its_metadata(wheel: ZipFile) -> None:
    top = {path.parts[0].partition("-")[0] for path in contents(wheel)}

    assert top == {PACKAGE}
    assert metadata(wheel, "top_level.txt").split() == [PACKAGE]


@pytest.mark.parametrize("folder", ["tests", "tools", "benchmarks", "docs", "examples", ".ci"])
def test_what_developers_need_stays_at_home(wheel: ZipFile, folder: str) -> None:
    assert [path for path in contents(wheel) if folder in path.parts] == []


def test_its_modules_are_those_of_the_checkout(wheel: ZipFile) -> None:
    for source in sources():
        packed = wheel.read(f"{PACKAGE}/{source.as_posix()}")
        assert packed == Path(ROOT / source).read_bytes(), source


def test_its_data_files_are_those_of_the_checkout(wheel: ZipFile) -> None:
    for path in DATA:
        source = ROOT / path.relative_to(PACKAGE)
        assert wheel.read(path.as_posix()) == source.read_bytes(), path


def test_the_licences_of_the_lists_of_passwords_are_beside_the_projects_own(wheel: ZipFile) -> None:
    (notice,) = (name for name in wheel.namelist() if re.search(r"dist-info/.*NOTICE$", name))

    text = wheel.read(notice).decode()
    for licence in ("Attribution-ShareAlike 3.0", "MIT License", "Django Software Foundation"):
        assert licence in text


def test_it_brings_the_command_and_the_license(wheel: ZipFile) -> None:
    assert "cybershop-customer = cybershop_customer.entrypoints.cli.start:main" in metadata(
        wheel, "entry_points.txt"
    )
    assert any(path.name == "LICENSE" for path in contents(wheel))


def test_it_requires_nothing_without_an_extra(wheel: ZipFile) -> None:
    requires = [
        line.removeprefix("Requires-Dist: ")
        for line in metadata(wheel, "METADATA").splitlines()
        if line.startswith("Requires-Dist: ")
    ]

    assert requires
    assert [line for line in requires if "extra ==" not in line] == []
