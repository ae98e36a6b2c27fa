"""Reads the lock files in ``requirements/``."""

import re
from dataclasses import dataclass
from pathlib import Path

from packaging.markers import Marker
from packaging.utils import canonicalize_name

_PIN = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>[^\s;]+)(?: ; (?P<marker>.+?))? \\$")
_HASH = re.compile(r"^    --hash=(sha256:[0-9a-f]{64})(?: \\)?$")


@dataclass(frozen=True)
class Pin:
    """One version of one package, and the hashes of the files that may be installed."""

    name: str
    version: str
    marker: Marker | None
    hashes: frozenset[str]

    def applies(self, environment: dict[str, str] | None = None) -> bool:
        """Whether it is installed here, or where the variables of ``environment`` hold."""
        return self.marker is None or self.marker.evaluate(environment)


def pins(lock: Path) -> list[Pin]:
    """What ``lock`` pins.

    Raises:
        ValueError: a line is neither a pin, nor a hash of one, nor a comment.
    """
    found: list[Pin] = []
    for line in lock.read_text(encoding="utf-8").splitlines():
        if pin := _PIN.match(line):
            marker = Marker(pin["marker"]) if pin["marker"] else None
            found.append(Pin(canonicalize_name(pin["name"]), pin["version"], marker, frozenset()))
        elif (hashed := _HASH.match(line)) and found:
            last = found[-1]
            hashes = last.hashes | {hashed[1]}
            found[-1] = Pin(last.name, last.version, last.marker, hashes)
        elif line and not line.lstrip().startswith("#"):
            raise ValueError(f"{lock.name}: a lock file has no line like this one: {line!r}")
    return found
