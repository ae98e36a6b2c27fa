"""The rules for passwords."""

from typing import Any

import pytest

from cybershop_customer import PasswordPolicy
from cybershop_customer.adapters.memory.password_blocklist import MemoryPasswordBlocklist
from cybershop_customer.domain.services.password_rules import PasswordRules

RULES = PasswordRules(PasswordPolicy(), MemoryPasswordBlocklist(["Sunshine1"]))
OWN_WORDS = ("ann-1234", "Someone.Else@shop.example", None)


def fault(password: Any, rules: PasswordRules = RULES) -> str | None:
    return rules.new_password_fault(password, own_words=OWN_WORDS)


@pytest.mark.parametrize(
    "password",
    [
        "12345678",
        "x" * 1024,
        "        ",
        "correct horse",
        "李小龍李小龍李小",
        "🦊" * 8,
        "\x00" * 8,
        " leading and trailing ",
        "ann-12345",
        "sunshine12",
    ],
)
def test_any_characters_are_accepted_and_not_normalised(password: str) -> None:
    assert fault(password) is None


def test_characters_are_counted_as_code_points() -> None:
    assert fault("e\u0301" * 4) is None
    assert fault("é" * 7) == "must have at least 8 characters"
    assert fault("x" * 1025) == "must have at most 1024 characters"


def test_the_length_is_the_policys() -> None:
    lenient = PasswordRules(PasswordPolicy(min_length=5), MemoryPasswordBlocklist())

    assert fault("flash", lenient) is None
    assert fault("flas", lenient) == "must have at least 5 characters"


@pytest.mark.parametrize("password", ["sunshine1", "SUNSHINE1", "Sunshine1"])
def test_a_common_password_is_refused_in_any_letter_case(password: str) -> None:
    assert fault(password) == "is one of the most common passwords; choose another"


@pytest.mark.parametrize(
    "password",
    ["ann-1234", "ANN-1234", "someone.else@shop.example", "Someone.Else", "CyberShop", "customer"],
)
def test_guessable_words_are_refused(password: str) -> None:
    assert fault(password) == (
        "must not be the customer's own id or e-mail address, or the shop's name"
    )


@pytest.mark.parametrize("password", [None, 12345678, b"12345678", ["x"] * 8])
def test_a_value_that_is_no_text_is_refused(password: Any) -> None:
    assert fault(password) == "must be a string"
    assert RULES.shape_fault(password) == "must be a string"


def test_lone_surrogates_are_refused() -> None:
    assert fault("\ud800" * 8) == "must not contain lone surrogates"


@pytest.mark.parametrize("password", ["", "x", "sunshine1", "customer"])
def test_the_rules_of_a_login_accept_a_weak_password(password: str) -> None:
    assert RULES.shape_fault(password) is None
