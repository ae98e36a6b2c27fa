"""JSON with customers, as an export, AWS's tools and other programs write it."""

import json
from io import StringIO
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cybershop_customer.entrypoints.customer_files.customer_fields import (
    FIELDS,
    ReadCustomer,
    read_customer,
)
from cybershop_customer.entrypoints.customer_files.file_record import UnreadableFileError
from cybershop_customer.entrypoints.customer_files.json_records import read_json

ZOE: Final = {"customer_id": "zoe", "email": "zoe@shop.example", "password": "correct horse"}
TYPED: Final = {name: {"S": value} for name, value in ZOE.items()}


def read(text: str) -> list[ReadCustomer]:
    return [read_customer(record) for record in read_json(StringIO(text))]


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
    if text.startswith("customer_id"):
        assert all(str(item.faults[0]) == "the line must be a JSON object" for item in read(text))
        return
    with pytest.raises(UnreadableFileError, match="aws dynamodb scan"):
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
