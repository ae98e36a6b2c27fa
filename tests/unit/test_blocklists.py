"""Passwords that are too common."""

import pytest

from cybershop_customer import PasswordBlocklist
from cybershop_customer.adapters.memory.password_blocklist import MemoryPasswordBlocklist
from cybershop_customer.adapters.zxcvbn.password_blocklist import ZxcvbnPasswordBlocklist

GIVEN = MemoryPasswordBlocklist(["password", "Football", "straße"])
RANKED = ZxcvbnPasswordBlocklist()


@pytest.mark.parametrize("blocklist", [GIVEN, RANKED])
@pytest.mark.parametrize("password", ["password", "PASSWORD", "football", "FootBall"])
def test_a_common_password_is_known_in_any_letter_case(
    blocklist: PasswordBlocklist, password: str
) -> None:
    assert blocklist.contains(password)


@pytest.mark.parametrize("blocklist", [GIVEN, RANKED, MemoryPasswordBlocklist()])
@pytest.mark.parametrize("password", ["", "correct horse battery", "passwordpassword!", "李小龍"])
def test_any_other_password_is_not(blocklist: PasswordBlocklist, password: str) -> None:
    assert not blocklist.contains(password)


def test_letters_are_folded_in_every_script() -> None:
    assert GIVEN.contains("STRASSE")


def test_the_ranked_list_is_long_enough() -> None:
    """OWASP ASVS 5.0, 6.2.4: the 3,000 most common ones that are long enough."""
    passwords = RANKED._passwords

    assert sum(len(password) >= 8 for password in passwords) >= 3000
    assert all(password == password.casefold() for password in passwords)
