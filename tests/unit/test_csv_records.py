"""CSV with customers: the forms that are read, and what is wrong with a line."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import StringIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.builders.values import NAMES, a_customer

from cybershop_customer.entrypoints.customer_files.customer_fields import (
    ParsedCustomer,
    parse_customer,
)
from cybershop_customer.entrypoints.customer_files.export_file import export_lines
from cybershop_customer.entrypoints.customer_files.file_format import FileFormat, read_records
from cybershop_customer.entrypoints.customer_files.file_lines import FileLines
from cybershop_customer.entrypoints.customer_files.file_record import UnreadableFileError
from cybershop_customer.entrypoints.testkit.clock import START

HEADER = "customer_id,email,fname,version,email_verified,created_at,roles\n"


def read(text: str, file_format: FileFormat = FileFormat.CSV) -> list[ParsedCustomer]:
    lines = StringIO(text, newline="")
    return [parse_customer(record) for record in read_records(lines, file_format)]


def test_cells_have_the_types_of_their_fields() -> None:
    (zoe, yan) = read(
        f'{HEADER}zoe,z@shop.example,"Zoë ""O"", x",7,true,2020-01-01T01:00:00+01:00,a b\r\n'
        "yan,,,,,,\n"
    )

    assert (zoe.faults, yan.faults) == ((), ())
    assert zoe.wanted.profile == {"fname": 'Zoë "O", x'}
    assert (zoe.wanted.version, zoe.wanted.email_verified) == (7, True)
    assert zoe.wanted.created_at == datetime(2020, 1, 1, tzinfo=UTC)
    assert zoe.wanted.roles == {"a", "b"}
    assert (yan.wanted.email, yan.wanted.version, yan.wanted.profile) == (None, None, {})


def test_a_record_has_the_number_of_its_first_line_and_harms_no_other() -> None:
    found = read(
        "customer_id,note\n"
        'a,"two\nlines"\n'
        "\n"
        "b\n"
        "c,x,y\n"
        'd,"x"y\n'
        "e,\n"
        ",x\n"
        'f,"' + "x" * 140_000 + "\n"
        "g,x\n"
    )

    assert [(each.number, [fault.field for fault in each.faults]) for each in found] == [
        (2, []),
        (5, ["the line"]),
        (6, ["the line"]),
        (7, ["the line"]),
        (8, []),
        (9, ["customer_id"]),
        (10, ["the line"]),
        (11, []),
    ]


@pytest.mark.parametrize(
    ("rows", "faulty"),
    [
        # It never closes.
        ('a,x\nb,"x\nc,x\nd,x\n', {3, 4, 5}),
        ('a,"x', {2}),
        # The quote of the next customer closes it, and what follows is no CSV.
        ('a,"x\nb,"y"\nc,x\n', {2, 3}),
        # Two quotes too many make one well-formed record.
        ('a,"x\nb,y"\nc,x\n', {2, 3}),
        # The record has one cell too few, since the quote took the comma.
        ('a,x\n"b,x\nc,x\n"\nd,x\n', {3, 4, 5}),
    ],
)
def test_each_line_that_a_quote_takes_is_refused(rows: str, faulty: set[int]) -> None:
    found = read(f"customer_id,fname\n{rows}")

    assert {each.number for each in found if each.faults} == faulty
    assert [each.number for each in found] == [*range(2, 2 + rows.strip().count("\n") + 1)]
    for each in found:
        if each.number in faulty - {min(faulty)}:
            (fault,) = each.faults
            taken = f"was not read: a quote makes it part of line {min(faulty)}, which is at fault"
            assert (fault.field, fault.detail) == ("the line", taken)


def test_a_quote_that_does_not_close_takes_few_lines() -> None:
    many = "".join(f"c{number},{'x' * 100}\n" for number in range(5000))

    found = read(f'customer_id,fname\nzoe,"x\n{many}')

    assert len(found) == 5001
    assert sum(bool(each.faults) for each in found) < 1500


def test_a_line_that_is_not_utf_8_is_refused_and_no_other() -> None:
    raw = b'customer_id,fname\na,"Zo\xeb"\nb,x\nc,"x\nZo\xeb"\nd,x\n'
    text = raw.decode(errors="surrogateescape")

    lines = FileLines(StringIO(text, newline=""))
    found = [parse_customer(record) for record in read_records(lines, FileFormat.CSV)]

    assert [(each.number, bool(each.faults)) for each in found] == [
        (2, True),
        (3, False),
        (4, True),
        (5, True),
        (6, False),
    ]
    assert str(found[0].faults[0]) == "the line is not UTF-8: save the file in that encoding"
    assert lines.digest() == sha256(raw).hexdigest()


@pytest.mark.parametrize("file_format", FileFormat)
def test_a_line_that_is_too_long_is_skipped(
    file_format: FileFormat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cybershop_customer.entrypoints.customer_files.csv_records.MAX_LINE", 60)
    rows = {
        FileFormat.CSV: "customer_id,fname\na,x\nb,{long}\nc,y\n",
        FileFormat.JSON: (
            '{{"customer_id": "a"}}\n\n{{"customer_id": "b", "fname": "{long}"}}\n'
            '{{"customer_id": "c"}}\n'
        ),
    }
    text = rows[file_format].format(long="x" * 500)

    lines = FileLines(StringIO(text, newline=""), limit=60)
    found = [parse_customer(record) for record in read_records(lines, file_format)]

    assert [(each.number, each.wanted.customer_id, bool(each.faults)) for each in found] == [
        (2 if file_format is FileFormat.CSV else 1, "a", False),
        (3, "", True),
        (4, "c", False),
    ]
    assert str(found[1].faults[0]).startswith("the line must have at most 60 characters")
    assert lines.digest() == sha256(text.encode()).hexdigest()


def test_a_record_of_many_lines_is_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of its cells is short, so only the sum bounds the memory."""
    monkeypatch.setattr("cybershop_customer.entrypoints.customer_files.csv_records.MAX_LINE", 60)
    lines = ["customer_id,fname\n", 'a,"x\n', *['","\n'] * 15, '"\n', "b,y\n"]

    found = [parse_customer(record) for record in read_records(lines, FileFormat.CSV)]

    assert str(found[0].faults[0]).startswith("the line must have at most 60 characters. A quote")
    assert found[0].number == 2


@pytest.mark.parametrize("text", ["", "customer_id,email\n", "\ufeffcustomer_id\n"[1:]])
def test_a_file_without_customers(text: str) -> None:
    assert read(text) == []


@pytest.mark.parametrize(
    "text", ["zoe,zoe@shop.example\n", "customer_id;email\n", "customer_id,customer_id\n", '"x"y\n']
)
def test_a_file_without_the_names_of_its_columns_is_refused(text: str) -> None:
    with pytest.raises(UnreadableFileError, match="the name of each column once"):
        read(text)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("customer_id;email\n", "with commas between them and not semicolons"),
        ("customer_id\temail\n", "with commas between them and not tabs"),
        ('{"customer_id": "zoe"}\n', "add --format json"),
        ("customer_id,Zo\udceb\n", "its first line is not UTF-8"),
        (
            'customer_id,email,"password\nzoe,zoe@shop.example,a\nbob,bob@shop.example,b",x\n',
            "a quote in its first line makes the lines up to 3 part of it$",
        ),
    ],
)
def test_a_first_line_of_another_form_is_named(text: str, hint: str) -> None:
    with pytest.raises(UnreadableFileError, match=hint):
        list(read_records(FileLines(StringIO(text, newline="")), FileFormat.CSV))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("version", "x"),
        ("version", "-1"),
        ("version", "1.0"),
        ("version", "9" * 5000),
        ("version", "\u0661"),
        ("email_verified", "yes"),
        ("created_at", "yesterday"),
        ("created_at", "2020-01-01T00:00:00"),
        ("created_at", "0001-01-01T00:00:00+23:00"),
    ],
)
def test_a_cell_of_another_type_is_a_fault(field: str, value: str) -> None:
    (found,) = read(f"customer_id,{field}\nzoe,{value}\n")

    (fault,) = found.faults
    assert fault.field == field
    assert value not in fault.detail


@given(st.text(max_size=80))
def test_any_text_has_records_or_is_refused(text: str) -> None:
    for found in read(f"customer_id,email\n{text}"):
        assert found.faults or found.wanted.customer_id


@pytest.mark.parametrize("file_format", FileFormat)
@pytest.mark.parametrize("with_hashes", [True, False])
def test_what_is_exported_is_read_again(file_format: FileFormat, *, with_hashes: bool) -> None:
    customers = [
        a_customer(
            fname=name,
            lname=' "quoted", and=more ',
            address1="=1+1",
            roles=frozenset({"admin", "clerk"}),
            version=2**53 - 1,
            created_at=START - timedelta(microseconds=1),
            email_verified=True,
        )
        for name in NAMES
    ]
    customers.append(a_customer(email_key=None, expires_at=START))

    text = b"".join(export_lines([customers, []], file_format, with_hashes=with_hashes)).decode()
    found = read(text, file_format)

    assert ("a hash" in text) is with_hashes
    for customer, each in zip(customers, found, strict=True):
        wanted: Any = each.wanted
        assert (each.faults, each.ignored) == ((), ())
        assert {name: wanted.profile.get(name, "") for name in customer.profile} == customer.profile
        for name in (
            "customer_id",
            "email",
            "roles",
            "version",
            "password_version",
            "created_at",
            "updated_at",
            "expires_at",
            "email_verified",
        ):
            assert getattr(wanted, name) == getattr(customer, name), name
        assert wanted.password_hash == (customer.password_hash if with_hashes else None)
