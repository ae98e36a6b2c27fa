"""The list of common passwords is what the script makes of the published lists."""

import lzma
from collections.abc import Callable

import pytest
from support.repository.password_lists import published_lists, tool

from cybershop_customer import PasswordPolicy
from cybershop_customer.adapters.common_passwords.password_blocklist import CommonPasswordBlocklist
from cybershop_customer.domain.services.password_rules import PasswordRules

FIRST = 3_000
"""OWASP ASVS 5.0, 6.2.4."""
OWN_WORDS = ("zoe-4711", "zoe.miller@shop.example", "Alexandra", "Miller")
RULES = PasswordRules(PasswordPolicy(), CommonPasswordBlocklist())


def passes(password: str) -> bool:
    return RULES.new_password_fault(password, own_words=OWN_WORDS) is None


def long_enough(passwords: tuple[str, ...]) -> list[str]:
    return [password for password in passwords if len(password) >= 8]


def test_the_file_of_the_package_is_what_the_script_makes() -> None:
    made = tool().united(published_lists())
    packed = tool().TARGET.read_bytes()

    # Releases of the compression library may pack the same text differently.
    assert lzma.decompress(packed).decode() == made, "make passwords writes it again"


@pytest.mark.parametrize(
    "list_of",
    [
        lambda lists: lists.zxcvbn,
        lambda lists: lists.django,
        lambda lists: lists.ten_million,
    ],
    ids=["zxcvbn", "django", "ten million"],
)
def test_none_of_the_first_passwords_of_a_list_passes(
    list_of: Callable[..., tuple[str, ...]],
) -> None:
    first = long_enough(list_of(published_lists()))[:FIRST]

    assert len(first) == FIRST
    assert [password for password in first if passes(password)] == []


@pytest.mark.parametrize(
    "password",
    [
        "zoe-47112",
        "Alexandra1984",
        "Cybershop!",
        "cybershop2026",
        "aaaaaaaa",
        "12341234",
        "abcdefgh",
        "jennifer",
        "987654321",
        "00000000",
        "P@ssw0rd1",
    ],
)
def test_what_attackers_try_first_is_refused(password: str) -> None:
    assert not passes(password)


@pytest.mark.parametrize(
    "password", ["correct horse battery staple", "open sesame of boss", "open sesame"]
)
def test_a_passphrase_passes(password: str) -> None:
    assert passes(password)
