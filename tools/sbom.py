"""Writes the software bill of materials of the service, in CycloneDX's format.

    python tools/sbom.py requirements/service.lock dist/sbom.cdx.json

It installs what the lock file pins into an environment of its own, with hashes checked. CycloneDX
reads the licences and the dependencies there, and validates what it wrote. Then the components must
be exactly those of the lock file.
"""

import json
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from locked import pins
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
EXTRAS = ("service", "foreign-hashes")


def main(lock: Path, target: Path) -> None:
    """Write the bill of ``lock`` to ``target``."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder:
        environment, project = Path(folder, "environment"), Path(folder, "pyproject.toml")
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
        python = environment / "bin" / "python"
        pip = [sys.executable, "-m", "pip", "--quiet", "--python", python, "install"]
        locked = ["--require-hashes", "--no-deps", "--only-binary", ":all:", "--requirement", lock]
        subprocess.run([*pip, *locked], check=True)
        project.write_text(_project(), encoding="utf-8")
        described = ["--pyproject", project, "--mc-type", "application", "--output-reproducible"]
        form = ["--output-format", "JSON", "--validate", "--output-file", target]
        cyclonedx = [sys.executable, "-m", "cyclonedx_py", "environment"]
        subprocess.run([*cyclonedx, *described, *form, python], check=True)
    _require_the_locked(json.loads(target.read_text(encoding="utf-8")), lock)
    print(f"{target}: {len(pins(lock))} components")


def _project() -> str:
    """The product as CycloneDX reads it: it does not read setup.cfg."""
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    metadata = setup["metadata"]
    told = {key: metadata[key] for key in ("name", "version", "description")}
    lines = [f"{key} = {json.dumps(value)}" for key, value in told.items()]
    lines.append(f"license = {{ text = {json.dumps(metadata['license'])} }}")
    lines.append(
        f"dependencies = {json.dumps([line for it in EXTRAS for line in _requirements(setup, it)])}"
    )
    urls = (line.split(" = ", 1) for line in metadata["project_urls"].strip().splitlines())
    links = [f"{name} = {json.dumps(url)}" for name, url in urls]
    return "\n".join(["[project]", *lines, "[project.urls]", *links, ""])


def _requirements(setup: ConfigParser, extra: str) -> list[str]:
    """What ``extra`` asks for, with the extras that it names."""
    own = canonicalize_name(setup["metadata"]["name"])
    found: list[str] = []
    for line in setup["options.extras_require"][extra].strip().splitlines():
        requirement = Requirement(line)
        if canonicalize_name(requirement.name) == own:
            for other in requirement.extras:
                found += _requirements(setup, other)
        else:
            found.append(line)
    return found


def _require_the_locked(bill: dict[str, Any], lock: Path) -> None:
    listed = {(canonicalize_name(it["name"]), it["version"]) for it in bill["components"]}
    locked = {(pin.name, pin.version) for pin in pins(lock) if pin.applies()}
    if listed != locked:
        raise SystemExit(f"The bill and {lock} differ: {sorted(listed ^ locked)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
