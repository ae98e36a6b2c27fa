"""The rules that fields keep."""

from typing import Any

import pytest
from support.builders import NAMES

from cybershop_customer import FieldFault, InvalidInputError
from cybershop_customer.domain.fields import (
    ADDRESS,
    EMAIL,
    NAME,
    PROFILE,
    Faults,
    TextRule,
    customer_id_fault,
    require_customer_id,
    role_fault,
)


@pytest.mark.parametrize("text", ["", "Ann", " Ann ", "O'Neill-Smith", "a" * 100, *NAMES])
def test_a_name_of_any_script_passes(text: str) -> None:
    assert NAME.fault(text) is None


@pytest.mark.parametrize("value", [None, 7, b"Ann", ["Ann"], True])
def test_what_is_no_text_is_refused(value: Any) -> None:
    assert NAME.fault(value) == "must be a string"


@pytest.mark.parametrize(
    "text", ["a\nb", "\x00", "\x7f", "\x85", "\u2028", "\u2029", "\ud800", "tab\t", "\r"]
)
def test_control_characters_line_breaks_and_lone_surrogates_are_refused(text: str) -> None:
    assert NAME.fault(text) == (
        "must not contain control characters, line breaks or lone surrogates"
    )


@pytest.mark.parametrize("text", [" ", "   ", "\u3000", "\u00a0"])
def test_spaces_alone_are_refused(text: str) -> None:
    assert NAME.fault(text) == "must not consist of spaces only"


@pytest.mark.parametrize(("rule", "most"), [(NAME, 100), (ADDRESS, 200), (EMAIL, 254)])
def test_characters_are_counted_as_code_points(rule: TextRule, most: int) -> None:
    assert rule.fault("a" * most) is None
    assert rule.fault("a" * (most + 1)) == f"must have at most {most} characters"


def test_bytes_are_counted_in_utf_8() -> None:
    assert EMAIL.fault("ä" * 127) is None
    assert EMAIL.fault("ä" * 128) == "must have at most 254 bytes in UTF-8"


@pytest.mark.parametrize("rule", [NAME, ADDRESS])
def test_the_longest_name_may_be_of_the_widest_characters(rule: TextRule) -> None:
    assert rule.fault("🦊" * rule.max_characters) is None


def test_the_plain_fields_of_a_profile_are_four() -> None:
    assert {"fname": NAME, "lname": NAME, "address1": ADDRESS, "address2": ADDRESS} == PROFILE


@pytest.mark.parametrize(
    "customer_id",
    [
        "567dce7f-b7b4-4efd-b75e-2b98592abe6d21",
        "567dce7f-b7b4-4efd-b75e-2b98592a56mdsf",
        "a",
        "-._~",
        "A" * 128,
    ],
)
def test_a_customer_id_is_an_opaque_word(customer_id: str) -> None:
    assert customer_id_fault(customer_id) is None
    require_customer_id(customer_id)


@pytest.mark.parametrize("customer_id", ["", "a" * 129, "a b", "a/b", "ä", "a\n", "a%20", "\u0661"])
def test_other_characters_and_lengths_are_refused(customer_id: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        require_customer_id(customer_id)

    (fault,) = refusal.value.faults
    assert fault.field == "customer_id"
    assert fault.detail == customer_id_fault(customer_id)
    assert fault.detail.startswith("must have 1 to 128 characters")


@pytest.mark.parametrize("value", [None, 7, b"ann"])
def test_a_customer_id_is_a_text(value: Any) -> None:
    assert customer_id_fault(value) == "must be a string"


@pytest.mark.parametrize("role", ["admin", "a", "clerk-2", "a_b", "a" * 32])
def test_a_role_is_a_lower_case_word(role: str) -> None:
    assert role_fault(role) is None


@pytest.mark.parametrize("role", ["", "Admin", "2nd", "-a", "a" * 33, "a b", "a\n", "é", None, 1])
def test_other_roles_are_refused(role: Any) -> None:
    assert role_fault(role) is not None


def test_faults_are_collected_in_order() -> None:
    faults = Faults()
    assert not faults.note("b", "is wrong")
    assert faults.note("c", None)
    assert not faults.note("a", "is wrong too")

    with pytest.raises(InvalidInputError) as refusal:
        faults.raise_if_any()

    assert refusal.value.faults == (FieldFault("b", "is wrong"), FieldFault("a", "is wrong too"))


def test_without_faults_nothing_is_raised() -> None:
    faults = Faults()
    faults.note("a", None)

    faults.raise_if_any()
