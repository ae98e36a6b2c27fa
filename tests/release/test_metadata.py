"""What the package says about itself is right, and is said in one place."""

import re
from configparser import ConfigParser
from importlib.metadata import metadata
from pathlib import Path
from typing import Final

from packaging.specifiers import SpecifierSet
from support.repository.checkout import ROOT, files

METADATA: Final = metadata("cybershop-customer")
VERSION: Final = METADATA["Version"]
KUSTOMIZATION: Final = Path("deploy/kubernetes/kustomization.yaml")
SETUP: Final = ConfigParser()
SETUP.read(ROOT / "setup.cfg", encoding="utf-8")


def test_the_version_is_that_of_setup_cfg() -> None:
    assert SETUP["metadata"]["version"] == VERSION


def test_the_image_that_kubernetes_runs_is_that_of_this_version() -> None:
    (tag,) = re.findall(r"newTag: (.+)", (ROOT / KUSTOMIZATION).read_text(encoding="utf-8"))
    assert tag == VERSION


def test_no_other_file_states_it() -> None:
    """The others read the metadata of the installation; what is not Python has a test."""
    stated = re.compile(rf"(?<![\d.]){re.escape(VERSION)}(?![\d.])")
    named = {"CHANGELOG.md", "setup.cfg", str(KUSTOMIZATION)}
    candidates = [path for path in files() if path.parts[0] not in {"tests", "requirements"}]
    found = {
        str(path)
        for path in candidates
        if path.suffix in {".cfg", ".md", ".py", ".sh", ".toml", ".yaml", ".yml", ""}
        and stated.search((ROOT / path).read_text(encoding="utf-8"))
    }
    assert found - named == set()


def test_each_link_leads_below_one_address_to_a_file_that_is_there() -> None:
    links = dict(line.split(", ") for line in METADATA.get_all("Project-URL") or ())
    base = links["Source"]

    assert set(links) >= {"Documentation", "Source", "Issues", "Changelog", "Security"}
    assert SETUP["metadata"]["url"] == base
    for link in links.values():
        assert link.startswith(base)
        in_tree = re.fullmatch(r"/(?:blob|tree)/main/(.+)", link.removeprefix(base))
        assert in_tree is None or (ROOT / in_tree[1]).exists(), link


def test_the_policy_is_at_the_same_shop() -> None:
    policy = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    host = SETUP["metadata"]["url"].split("/")[2]
    addresses = re.findall(r"[\w.-]+@([\w.-]+\w)", policy)
    assert addresses
    assert all(host.endswith(address) for address in addresses)


def test_each_python_that_is_named_is_one_that_the_package_takes_and_ci_tries() -> None:
    stated = re.findall(r"Python :: (3\.\d+)$", SETUP["metadata"]["classifiers"], re.MULTILINE)
    takes = SpecifierSet(SETUP["options"]["python_requires"])
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")

    assert stated
    assert all(takes.contains(f"{it}.0") for it in stated)
    tried = re.search(r"^for version in (.+); do$", ci, re.MULTILINE)
    assert tried is not None
    assert set(stated) <= {*tried[1].split(), "3.11"}
