"""The rules for a customer's fields."""

import sys
import unicodedata
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.builders.values import NAMES

from cybershop_customer import Customer, FieldFault, InvalidInputError
from cybershop_customer.domain.fields import (
    ADDRESS,
    EMAIL,
    LOCALE,
    NAME,
    PROFILE,
    Faults,
    TextRule,
    complete_profile,
    customer_id_fault,
    given_profile,
    new_customer_id_fault,
    new_email_fault,
    require_customer_id,
    role_fault,
)
from cybershop_customer.domain.reserved_ids import PATH_WORDS

INVISIBLE = [
    *("\u00ad", "\u034f", "\u061c", "\u115f", "\u1160", "\u17b4", "\u180b", "\u180e"),
    *("\u200b", "\u200c", "\u200d", "\u200e", "\u200f", "\u2060", "\u2063", "\u2800"),
    *("\u3164", "\uffa0", "\ufe0f", "\ufffc", "\U0001d159", "\U0001d173", "\U000e0100"),
    *("\U0001bca0", "\U00013430", "\U00016fe4"),
]
DECEPTIVE = [
    *("\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068"),
    *("\u2069", "\u206a", "\u206f", "\ufeff", "\ufff9", "\ufffa", "\ufffb", "\ufdd0"),
    *("\uffff", "\U0001fffe", "\ue000", "\U000f0000", "\U0010fffd", "\U000e0041", "\U000e0001"),
]


@pytest.mark.parametrize("text", ["", "Ann", " Ann ", "O'Neill-Smith", "a" * 100, *NAMES])
def test_a_name_of_any_script_passes(text: str) -> None:
    assert NAME.fault(text) is None


@pytest.mark.parametrize("value", [None, 7, b"Ann", ["Ann"], True])
def test_a_value_that_is_no_text_is_refused(value: Any) -> None:
    assert NAME.fault(value) == "must be a string"


@pytest.mark.parametrize(
    "text", ["a\nb", "\x00", "\x7f", "\x85", "\u2028", "\u2029", "\ud800", "tab\t", "\r"]
)
def test_control_characters_line_breaks_and_lone_surrogates_are_refused(text: str) -> None:
    assert NAME.fault(text) == (
        "must not contain control characters, line breaks or lone surrogates"
    )


ONLY_INVISIBLE = "must not consist of spaces and invisible characters only"


@pytest.mark.parametrize("text", [" ", "   ", "\u3000", "\u00a0"])
def test_spaces_alone_are_refused(text: str) -> None:
    assert NAME.fault(text) == ONLY_INVISIBLE


@pytest.mark.parametrize("character", INVISIBLE)
def test_a_text_without_a_visible_character_is_refused(character: str) -> None:
    for text in (character, character * 3, f" {character} ", f"{character}\u200d"):
        assert NAME.fault(text) == ADDRESS.fault(text) == ONLY_INVISIBLE
    assert NAME.fault(f"A{character}n") is None


@pytest.mark.parametrize("character", DECEPTIVE)
def test_characters_that_only_deceive_are_refused_and_named(character: str) -> None:
    for text in (character, f"Ann{character}", f"{character} Ann", f"Ann{character * 3}Lee"):
        fault = NAME.fault(text)
        assert fault is not None
        assert f"U+{ord(character):04X}" in fault
        assert ADDRESS.fault(text) == EMAIL.fault(f"{text}@shop.example") == fault


@pytest.mark.parametrize(
    "name",
    [
        "\u0646\u0627\u0645\u0647\u200c\u0627\u06cc",  # Persian, with ZWNJ
        "\u0d28\u0d4d\u200d",  # Malayalam chillu, with ZWJ
        "\u0915\u094d\u200d\u0937",  # Devanagari, with ZWJ
        "\U0001f469\u200d\U0001f52c",  # a scientist: emoji joined with ZWJ
        "\u2764\ufe0f",  # a heart, with a variation selector
        "\u845b\U000e0100\u57ce",  # a Japanese name, with an ideographic variation
        "\u05d0\u05d1\u200f 12",  # Hebrew and a number, with a mark of direction
        "\u1820\u180b",  # Mongolian, with a free variation selector
        "\uac00\u1100\u1160",  # Hangul, with a filler within a syllable
        "\U0001f3f4\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f",  # Wales
        "\u0e01\u200b\u0e02",  # Thai, with a place to break the line
        "\U000323b0",  # not assigned in every version of Unicode that Python knows
    ],
)
def test_names_of_real_scripts_keep_their_joiners(name: str) -> None:
    assert NAME.fault(name) is None


def test_tags_are_refused_outside_of_flags() -> None:
    hidden = "".join(chr(0xE0000 + ord(letter)) for letter in "hidden")

    assert NAME.fault(f"Ann{hidden}") is not None
    assert NAME.fault(f"\U0001f3f4{hidden}") is not None


@given(text=st.text(st.sampled_from([*INVISIBLE, " ", "\u3000"]), min_size=1, max_size=100))
def test_no_mixture_of_invisible_characters_is_a_name(text: str) -> None:
    assert NAME.fault(text) == ONLY_INVISIBLE


@given(
    letters=st.text(st.characters(categories=["L", "N", "S", "P"]), min_size=1, max_size=20),
    joiners=st.text(st.sampled_from("\u200c\u200d\u200e\u200f\ufe0f\u034f"), max_size=5),
    mark=st.sampled_from(DECEPTIVE),
    where=st.integers(0, 25),
)
def test_any_visible_text_passes_until_a_deceptive_character_is_put_in(
    letters: str, joiners: str, mark: str, where: int
) -> None:
    name = f"{letters}x{joiners}"
    assert NAME.fault(name) is None

    assert NAME.fault(name[:where] + mark + name[where:]) is not None


def test_every_format_character_of_unicode_is_visible_invisible_or_refused() -> None:
    """The next version of Unicode may add a character that these rules do not know."""
    shown = "ARABIC", "SYRIAC", "KAITHI"
    for character in map(chr, range(sys.maxunicode + 1)):
        if unicodedata.category(character) == "Cf":
            visible = unicodedata.name(character, "").startswith(shown)
            alone = NAME.fault(character)
            assert (alone is None) == (visible and character != "\u061c"), ascii(character)


@pytest.mark.parametrize(
    "code", [*range(0xFFFE, 0x110000, 0x10000), *range(0xFFFF, 0x110000, 0x10000)]
)
def test_no_plane_has_a_noncharacter_that_passes(code: int) -> None:
    assert NAME.fault(f"Ann{chr(code)}") is not None


def test_a_local_part_has_at_most_64_bytes() -> None:
    assert new_email_fault("a" * 64 + "@shop.example") is None
    assert new_email_fault("ä" * 32 + "@shop.example") is None
    for local_part in ("a" * 65, "ä" * 33, '"' + "a@" * 32 + '"'):
        fault = new_email_fault(f"{local_part}@shop.example")
        assert fault == "must have at most 64 bytes in UTF-8 before the @"


@pytest.mark.parametrize("character", [*INVISIBLE, " "])
def test_a_local_part_has_no_invisible_character(character: str) -> None:
    for local_part in (character, f"a{character}b"):
        fault = new_email_fault(f"{local_part}@shop.example")
        assert fault == "must not contain spaces or invisible characters"


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


def test_the_plain_fields_of_a_profile_are_five() -> None:
    assert {
        "fname": NAME,
        "lname": NAME,
        "address1": ADDRESS,
        "address2": ADDRESS,
        "locale": LOCALE,
    } == PROFILE


@pytest.mark.parametrize("tag", ["", "en", "de-AT", "zh-Hant-TW", "sl-rozaj-biske-1994"])
def test_a_locale_is_a_language_tag_or_nothing(tag: str) -> None:
    assert LOCALE.fault(tag) is None


@pytest.mark.parametrize("tag", ["e", "german", "de_AT", "de-", "de-x y", "de\r\nBcc: a@b"])
def test_any_other_locale_is_refused(tag: str) -> None:
    assert LOCALE.fault(tag) is not None


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


@pytest.mark.parametrize(
    "customer_id", ["-", ".", "..", "operator", "Operator", *sorted(PATH_WORDS)]
)
@pytest.mark.parametrize("by_operator", [False, True])
def test_a_reserved_id_is_refused_even_for_an_operator(customer_id: str, by_operator: bool) -> None:
    for spelling in (customer_id, customer_id.upper(), customer_id.title()):
        assert new_customer_id_fault(spelling, by_operator=by_operator) is not None
        # A customer that already has such an id keeps it.
        assert customer_id_fault(spelling) is None


@pytest.mark.parametrize(
    "customer_id",
    [
        *("admin", "Admin", "ADMINISTRATOR", "root", "support", "system", "staff", "security"),
        *("help", "info", "webmaster", "postmaster", "hostmaster", "noreply", "no-reply"),
        *(
            "no_reply",
            "No.Reply",
            ".admin",
            "admin.",
            "_root_",
            "a-d-m-i-n",
            "~support~",
            "op.erator",
        ),
    ],
)
def test_only_an_operator_may_choose_an_impersonating_id(customer_id: str) -> None:
    assert new_customer_id_fault(customer_id) == "is a name the service keeps for itself"
    assert new_customer_id_fault(customer_id, by_operator=True) is None


@pytest.mark.parametrize("customer_id", ["ann", "administrata", "rooty", "me2", "-._~", "session1"])
def test_other_names_are_free(customer_id: str) -> None:
    assert new_customer_id_fault(customer_id) is None


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


def test_a_fault_that_the_caller_found_stays_the_only_one_of_its_field() -> None:
    found = FieldFault("fname", "is given twice")
    faults = Faults([found])
    faults.note("fname", "must be text")

    assert [*faults] == [found]


def test_without_faults_nothing_is_raised() -> None:
    faults = Faults()
    faults.note("a", None)

    faults.raise_if_any()


def test_every_field_of_a_profile_is_one_of_a_customer_that_is_empty_and_not_shown() -> None:
    of_customer = {field.name: field for field in fields(Customer)}

    for name in PROFILE:
        assert of_customer[name].default == ""
        assert not of_customer[name].repr


def test_a_complete_profile_has_every_field_in_order() -> None:
    assert [*complete_profile({"lname": "b", "fname": "a"}).items()] == [
        *{**dict.fromkeys(PROFILE, ""), "fname": "a", "lname": "b"}.items()
    ]


def test_a_given_profile_leaves_out_none() -> None:
    assert [*given_profile({"lname": "", "address1": None, "fname": "a"}).items()] == [
        ("fname", "a"),
        ("lname", ""),
    ]


@pytest.mark.parametrize("read", [complete_profile, given_profile])
@pytest.mark.parametrize("name", ["fnam", "roles", "password_hash"])
def test_an_unknown_field_raises_type_error(read: Callable[[Any], object], name: str) -> None:
    with pytest.raises(TypeError, match=f"unexpected keyword argument '{name}'"):
        read({name: "x"})
