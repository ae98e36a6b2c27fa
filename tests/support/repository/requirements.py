"""What setup.cfg requires, for the base and for each extra."""

from configparser import ConfigParser
from typing import Final

from packaging.requirements import Requirement
from support.repository.checkout import ROOT

NAME: Final = "cybershop-customer"
PUBLISHED: Final = ("async", "dynamodb", "service", "testkit", "all")
"""The extras for users. The others are for those who change the package."""


def _setup() -> ConfigParser:
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    return setup


def base_requirements() -> list[Requirement]:
    """What every installation brings."""
    return _parsed(_setup().get("options", "install_requires", fallback=""))


def extras() -> dict[str, list[Requirement]]:
    """Each extra with its own lines, of which some name other extras."""
    return {name: _parsed(lines) for name, lines in _setup()["options.extras_require"].items()}


def packages_of(extra: str) -> dict[str, Requirement]:
    """The packages that ``extra`` asks for, with those of the extras that it names."""
    found: dict[str, Requirement] = {}
    for requirement in extras()[extra]:
        if requirement.name == NAME:
            for other in requirement.extras:
                found |= packages_of(other)
        else:
            found[requirement.name] = requirement
    return found


def _parsed(lines: str) -> list[Requirement]:
    return [Requirement(line) for line in lines.split("\n") if line and not line.startswith("#")]
