"""JSON with customers, as an export, AWS's tools and other programs write it."""

import json
from io import StringIO
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cybershop_customer.entrypoints.customer_files.customer_fields import (
    FIELDS,
    ParsedCustomer,
    parse_customer,
)
from cybershop_customer.entrypoints.customer_files.file_lines import FileLines
from cybershop_customer.entrypoints.customer_files.file_record import UnreadableFileError
from cybershop_customer.entrypoints.customer_files.json_records import read_json

ZOE: Final = {"customer_id": "zoe", "email": "zoe@shop.example", "password": "correct horse"}
TYPED: Final = {name: {"S": value} for name, value in ZOE.items()}


def read(text: str) -> list[ParsedCustomer]:
    return [parse_customer(record) for record in read_json(StringIO(text))]


def the_fields(text: str) -> list[dict[str, str | None]]:
    wanted = [customer.wanted for customer in read(text)]
    return [
        {"customer_id": it.customer_id, "email": it.email, "password": it.password} for it in wanted
    ]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"Items": [TYPED, TYPED], "Count": 2}),
        json.dumps({"Items": [TYPED, TYPED], "Count": 2}, indent=4),
        "\n\n" + json.dumps([ZOE, ZOE], indent=2),
        json.dumps([TYPED, TYPED]),
        f"{json.dumps(ZOE)}\n{json.dumps(TYPED)}",
        f"\n{json.dumps(ZOE)}\r\n\n{json.dumps({'Item': TYPED})}\n\n",
    ],
)
def test_the_items_of_each_form(text: str) -> None:
    assert the_fields(text) == [ZOE, ZOE]


@pytest.mark.parametrize("text", ["", "\n \n", '{"Items": []}', "[]"])
def test_a_file_without_items(text: str) -> None:
    assert read(text) == []


@pytest.mark.parametrize(
    "text", ["customer_id,email\nzoe,zoe@shop.example", "[1", '{\n"Rows": []\n}', '{"a": \n 1}']
)
def test_another_form_is_refused(text: str) -> None:
    hint = "add --format csv" if text.startswith("customer_id") else "aws dynamodb scan"
    with pytest.raises(UnreadableFileError, match=hint):
        read(text)


def test_lines_have_their_numbers_and_one_bad_line_harms_no_other() -> None:
    lines = [json.dumps(ZOE), "", "{broken", "[" * 100_000, "7", json.dumps(ZOE)]
    items = read("\n".join(lines))

    assert [(item.number, bool(item.faults)) for item in items] == [
        (1, False),
        (3, True),
        (4, True),
        (5, True),
        (6, False),
    ]


@pytest.mark.parametrize("bad", [b'"Zo\xeb"', b'"' + b"x" * 200 + b'"'])
def test_a_document_with_a_line_that_cannot_be_read_is_refused(bad: bytes) -> None:
    """Without that line it might still be JSON, of another customer."""
    raw = b'[\n {"customer_id": "zoe"\n, "fname": ' + bad + b"\n}]"
    lines = FileLines(StringIO(raw.decode(errors="surrogateescape")), limit=100)

    with pytest.raises(UnreadableFileError, match=r"its line 3 (is not UTF-8|must have at most)"):
        list(read_json(lines))


def test_a_name_that_stands_twice_is_a_fault() -> None:
    """Programs differ in which of the two values counts."""
    twice = '{"customer_id": "zoe", "email": "zoe@shop.example", "customer_id": "yan"}'
    items = read(f'{json.dumps(ZOE)}\n{twice}\n{{"customer_id": {{"S": "x", "S": "y"}}}}')

    assert [[str(fault) for fault in item.faults] for item in items] == [
        [],
        ["the line has a name twice"],
        ["customer_id must be a string"],
    ]


def test_a_bad_first_line_harms_no_other() -> None:
    items = read("{not json}\n" + json.dumps(ZOE))

    assert [bool(item.faults) for item in items] == [True, False]


@pytest.mark.parametrize(
    "value", [5, True, ["x"], {"N": "5"}, {"S": 5}, {"x": "y"}, {"BOOL": True}]
)
@pytest.mark.parametrize("name", ["customer_id", "password", "fname"])
def test_a_value_that_is_no_string_is_a_fault(name: str, value: Any) -> None:
    (item,) = read(json.dumps({**ZOE, name: value}))

    assert f"{name} must be a string" in map(str, item.faults)
    assert "'y'" not in str(item.faults)


@given(
    st.lists(
        st.one_of(
            st.text(max_size=9),
            st.sampled_from(['{"Items":', "[", "]", "{", "}", "\n", json.dumps(TYPED), "1" * 5000]),
        )
    ).map("".join)
)
def test_any_text_has_items_or_is_refused(text: str) -> None:
    try:
        items = read(text)
    except UnreadableFileError:
        return
    assert all(item.faults or item.wanted.customer_id is not None for item in items)


def test_null_is_missing() -> None:
    (item,) = read(json.dumps({**TYPED, "email": {"NULL": True}, "fname": None}))

    assert (item.faults, item.wanted.email, item.wanted.profile) == ((), None, {})


def test_other_attributes_are_named_except_the_session() -> None:
    (item,) = read(json.dumps({**TYPED, "context_id": {"S": "x"}, "loyalty": {"N": "7"}}))

    assert (item.ignored, item.faults) == (("loyalty",), ())
    assert "loyalty" not in FIELDS


def test_no_value_is_shown() -> None:
    assert "correct horse" not in repr(read(json.dumps(ZOE)))
