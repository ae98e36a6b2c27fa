"""The rules for passwords."""

from typing import Any

import pytest

from cybershop_customer import PasswordPolicy
from cybershop_customer.adapters.memory.password_blocklist import MemoryPasswordBlocklist
from cybershop_customer.domain.services.password_rules import PasswordRules

RULES = PasswordRules(PasswordPolicy(), MemoryPasswordBlocklist(["Sunshine1"]))
OWN_WORDS = ("ann-1234", "Someone.Else@shop.example", "Allen", "Barry", None)


def fault(password: Any, rules: PasswordRules = RULES) -> str | None:
    return rules.new_password_fault(password, own_words=OWN_WORDS)


@pytest.mark.parametrize(
    "password",
    [
        "12345687",
        "xyz" * 300 + "zyx",
        "       .",
        "correct horse",
        "correct horse battery staple",
        "open sesame of boss",
        "李小龍猛龍過江精武",
        "🦊🐻" * 3 + "🐻🦊",
        "\x00" * 7 + "\x01",
        " leading and trailing ",
        "my id is ann-1234",
        "anns horse",
        "cybershop customer",
        "sunshine12",
    ],
)
def test_any_characters_are_accepted_and_not_normalised(password: str) -> None:
    assert fault(password) is None


def test_characters_are_counted_as_code_points() -> None:
    assert fault("e\u0301" * 3 + "ee") is None
    assert fault("é" * 7) == "must have at least 8 characters"
    assert fault("x" * 1025) == "must have at most 1024 characters"


def test_the_length_is_the_policys() -> None:
    lenient = PasswordRules(PasswordPolicy(min_length=5), MemoryPasswordBlocklist())

    assert fault("flash", lenient) is None
    assert fault("flas", lenient) == "must have at least 5 characters"


@pytest.mark.parametrize("password", ["sunshine1", "SUNSHINE1", "Sunshine1"])
def test_a_common_password_is_refused_in_any_letter_case(password: str) -> None:
    assert fault(password) == "is one of the most common passwords; choose another"


@pytest.mark.parametrize("password", ["P@ssw0rd1", "!p@ssw0rd", "jennifer2026"])
def test_a_common_password_of_enough_length_stays_one_with_digits_around_it(password: str) -> None:
    rules = PasswordRules(PasswordPolicy(), MemoryPasswordBlocklist(["p@ssw0rd", "jennifer"]))

    assert fault(password, rules) == (
        "is one of the most common passwords, with digits or punctuation around it; choose another"
    )


@pytest.mark.parametrize("password", ["dragon2026", "jennifers", "jennifer and a dragon"])
def test_other_passwords_may_contain_a_common_one(password: str) -> None:
    rules = PasswordRules(PasswordPolicy(), MemoryPasswordBlocklist(["dragon", "jennifer"]))

    assert fault(password, rules) is None


@pytest.mark.parametrize(
    "password",
    [
        "ann-1234",
        "ANN-1234",
        "ann-12345",
        "someone.else@shop.example",
        "Someone.Else",
        "someone.else7",
        "Allen2026",
        "1984!Barry",
    ],
)
def test_the_customers_own_words_are_refused(password: str) -> None:
    assert fault(password) == (
        "is the customer's own id, e-mail address or name, with at most digits and punctuation"
        " around it; choose another"
    )


@pytest.mark.parametrize(
    "password", ["CyberShop", "Cybershop!", "cybershop2026", "customer", "shop2026"]
)
def test_the_shops_words_are_refused(password: str) -> None:
    assert fault(password) == (
        "is one of the shop's own words, with at most digits and punctuation around it; choose"
        " another"
    )


def test_the_shops_words_are_the_policys() -> None:
    policy = PasswordPolicy(context_words=("Star Labs",))
    rules = PasswordRules(policy, MemoryPasswordBlocklist())

    assert "shop's own words" in str(fault("starlabs1", rules))
    assert fault("cybershop", rules) is None


@pytest.mark.parametrize("password", ["aaaaaaaa", "12341234", "abcabcab"])
def test_a_repetition_is_refused(password: str) -> None:
    assert fault(password) == "repeats a short piece; choose another"


@pytest.mark.parametrize("password", ["abcdefgh", "87654321", "67890123"])
def test_a_sequence_is_refused(password: str) -> None:
    assert fault(password) == "is a plain sequence of characters; choose another"


@pytest.mark.parametrize(
    "password", ["ann-1234", "cybershop", "aaaaaaaa", "abcdefgh", "sunshine1", "allen1984"]
)
def test_a_policy_can_accept_guessable_passwords(password: str) -> None:
    policy = PasswordPolicy(refuse_guessable=False)

    assert fault(password, PasswordRules(policy, MemoryPasswordBlocklist())) is None
    assert fault("short", PasswordRules(policy, MemoryPasswordBlocklist())) is not None


@pytest.mark.parametrize("password", [None, 12345678, b"12345678", ["x"] * 8])
def test_a_value_that_is_no_text_is_refused(password: Any) -> None:
    assert fault(password) == "must be a string"
    assert RULES.shape_fault(password) == "must be a string"


def test_lone_surrogates_are_refused() -> None:
    assert fault("\ud800" * 8) == "must not contain lone surrogates"


@pytest.mark.parametrize("password", ["", "x", "sunshine1", "customer"])
def test_the_rules_of_a_login_accept_a_weak_password(password: str) -> None:
    assert RULES.shape_fault(password) is None
