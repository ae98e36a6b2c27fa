"""The syntax of e-mail addresses, and which spellings have the same key."""

import pytest

from cybershop_customer import EmailAddress
from cybershop_customer.adapters.email_validator.email_syntax import EmailValidatorSyntax

SYNTAX = EmailValidatorSyntax()


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("barry_allen@starlabs.com", "barry_allen@starlabs.com"),
        ("Barry_Allen@StarLabs.COM", "barry_allen@starlabs.com"),
        ("zoë@shop.example", "zoë@shop.example"),
        ("ZOË@shop.example", "zoë@shop.example"),
        ("zoe\u0308@shop.example", "zoë@shop.example"),
        ("李小龍@shop.example", "李小龍@shop.example"),
        ("x@bücher.example", "x@xn--bcher-kva.example"),
        ("x@BÜCHER.example", "x@xn--bcher-kva.example"),
        ("x@xn--bcher-kva.example", "x@xn--bcher-kva.example"),
        ("x@XN--BCHER-KVA.example", "x@xn--bcher-kva.example"),
        ("x@shop\u3002example", "x@shop.example"),
        ("a.b+tag@shop.example", "a.b+tag@shop.example"),
        ("x@shop.test", "x@shop.test"),
    ],
)
def test_an_address_is_kept_as_written_and_has_a_key(text: str, key: str) -> None:
    assert SYNTAX.parse(text) == EmailAddress(text, key)


@pytest.mark.parametrize(
    "local_part", ["straße", "ΐδα", "ΰ", "ά", "Ά", "ﬁn", "ᾳ", "ǰ", "Ǆ", "Σίσυφος", "é"]
)
def test_letter_case_makes_no_other_mailbox_in_any_script(local_part: str) -> None:
    spellings = {local_part, local_part.upper(), local_part.lower(), local_part.title()}

    assert len({SYNTAX.parse(f"{spelling}@shop.example").key for spelling in spellings}) == 1


def test_dots_and_tags_make_another_mailbox() -> None:
    keys = {SYNTAX.parse(f"{name}@shop.example").key for name in ("ab", "a.b", "ab+1")}

    assert len(keys) == 3


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ann",
        "@shop.example",
        "ann@",
        "ann@shop",
        "ann@localhost",
        "ann@127.0.0.1",
        "ann@[127.0.0.1]",
        "ann@@shop.example",
        "ann bob@shop.example",
        '"ann bob"@shop.example',
        "Ann <ann@shop.example>",
        "ann@shop..example",
        ".ann@shop.example",
        "ann@-shop.example",
        "ann@shop.example\n",
        "ann\u202e@shop.example",
        "ann\x00@shop.example",
        "ann@shop.example, bob@shop.example",
        "a" * 65 + "@shop" + ".example" * 40,
    ],
)
def test_an_undeliverable_address_is_refused_with_a_sentence_without_full_stop(text: str) -> None:
    with pytest.raises(ValueError, match=r"[^.]\Z") as refusal:
        SYNTAX.parse(text)

    assert type(refusal.value) is ValueError
    assert refusal.value.__cause__ is None
