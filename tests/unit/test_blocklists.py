"""Passwords that are too common."""

import lzma

import pytest
from support.repository.checkout import ROOT

from cybershop_customer import PasswordBlocklist
from cybershop_customer.adapters.common_passwords.password_blocklist import (
    DATA_FILE,
    CommonPasswordBlocklist,
)
from cybershop_customer.adapters.memory.password_blocklist import MemoryPasswordBlocklist

GIVEN = MemoryPasswordBlocklist(["password", "Football", "straße"])
COMMON = CommonPasswordBlocklist()
LINES = lzma.decompress((ROOT / "adapters/common_passwords" / DATA_FILE).read_bytes()).decode()
PASSWORDS = LINES.removesuffix("\n").split("\n")


@pytest.mark.parametrize("blocklist", [GIVEN, COMMON])
@pytest.mark.parametrize("password", ["password", "PASSWORD", "football", "FootBall"])
def test_a_common_password_is_known_in_any_letter_case(
    blocklist: PasswordBlocklist, password: str
) -> None:
    assert blocklist.contains(password)


@pytest.mark.parametrize("blocklist", [GIVEN, COMMON, MemoryPasswordBlocklist()])
@pytest.mark.parametrize(
    "password",
    [
        "",
        "correct horse battery",
        "passwordpassword!",
        "李小龍",
        "\U0010ffff" * 8,
        "\ud800",
        "\n",
        "password\n",
        "\npassword",
    ],
)
def test_any_other_password_is_not(blocklist: PasswordBlocklist, password: str) -> None:
    assert not blocklist.contains(password)


def test_letters_are_folded_in_every_script() -> None:
    assert GIVEN.contains("STRASSE")
    assert COMMON.contains("ПАРОЛЬ")


@pytest.mark.parametrize("password", ["jennifer", "987654321", "00000000", "P@ssw0rd"])
def test_passwords_of_later_lists_are_known(password: str) -> None:
    assert COMMON.contains(password)


def test_every_line_of_the_file_is_found_and_its_neighbours_are_not() -> None:
    known = set(PASSWORDS)

    assert [password for password in PASSWORDS if not COMMON.contains(password)] == []
    near = {password[:-1] for password in known} | {f"{password}\x00" for password in known}
    assert [password for password in near - known if COMMON.contains(password)] == []


def test_the_file_is_sorted_and_folded() -> None:
    assert sorted(set(PASSWORDS)) == PASSWORDS
    assert [password for password in PASSWORDS if password != password.casefold()] == []


def test_the_file_unpacks_in_little_memory() -> None:
    packed = (ROOT / "adapters/common_passwords" / DATA_FILE).read_bytes()

    assert lzma.LZMADecompressor(memlimit=1024 * 1024).decompress(packed).decode() == LINES


def test_the_common_passwords_are_enough() -> None:
    """OWASP ASVS 5.0, 6.2.4: the 3,000 most common ones that are long enough."""
    assert sum(len(password) >= 8 for password in PASSWORDS) >= 20_000
    assert sum(len(password) < 8 for password in PASSWORDS) >= 10_000
