"""The operator lists customers and finds them, on every shared store."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from support.builders.values import a_customer, a_record
from support.dynamodb.emulated_database import emulated_database
from support.services.operator import Operator, Terminal

from cybershop_customer import CustomerPage, StoreUnavailableError
from cybershop_customer.domain.services.customer_list_service import CustomerListService
from cybershop_customer.entrypoints.cli import list_customers, scan_cost
from cybershop_customer.entrypoints.cli.main import main
from cybershop_customer.entrypoints.container import make_container
from cybershop_customer.entrypoints.settings import Settings

NAMES = {f"c{number:02}" for number in range(15)}
SHARED = "family@shop.example"
SHARING = {"c03", "c04"}
COLUMNS = ["customer_id", "email", "fname", "lname", "roles", "created_at"]


@pytest.fixture(params=["sqlite", "dynamodb"])
def operator(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Operator]:
    """An operator of a store with 15 customers, two of whom shared an address at first."""
    operator = Operator(monkeypatch, capsys)
    operator.sets(CUSTOMER_BCRYPT_ROUNDS="4")
    monkeypatch.setattr(list_customers, "MAX_PAGE", 8)
    with ExitStack() as stack:
        if request.param == "sqlite":
            path = str(tmp_path / "customer.db")
            operator.sets(CUSTOMER_STORAGE="sqlite", CUSTOMER_SQLITE_PATH=path)
        else:
            stack.enter_context(emulated_database("moto", operator))
        assert operator.runs("tables", "create", "--yes", "--no-deletion-protection").status == 0
        storage = make_container(Settings.from_environ(os.environ)).storage()
        for name in sorted(NAMES):
            fields: Any = {"email_key": None, "email": SHARED} if name in SHARING else {}
            storage.customers.add(a_customer(customer_id=name, **fields), a_record(name))
        storage.close()
        yield operator


def is_billed(operator: Operator) -> bool:
    return os.environ.get("CUSTOMER_STORAGE") != "sqlite"


def lines(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def test_pages_lead_from_the_first_customer_to_the_last(operator: Operator) -> None:
    found: list[str] = []
    cursor: list[str] = []
    while True:
        ran = operator.runs("customers", "list", "--limit", "8", *cursor, "--json")
        assert (ran.status, ran.err) == (0, "")
        page = json.loads(ran.out)
        found += [customer["customer_id"] for customer in page["customers"]]
        if page["next_cursor"] is None:
            break
        cursor = ["--cursor", page["next_cursor"]]

    assert cursor
    assert len(found) == len(NAMES)
    assert {*found} == NAMES
    records = lines(operator.runs("log", "-", "--json").out)
    assert {record["operation_name"] for record in records} == {"list_customers"}
    assert records[0]["actor_id"].startswith("operator:")


def test_a_page_in_a_pipe_is_a_table_and_its_cursor_is_beside_it(operator: Operator) -> None:
    ran = operator.runs("customers", "list", "--limit", "8")

    header, *rows = (line.split("\t") for line in ran.out.splitlines())
    assert header == COLUMNS
    assert {len(row) for row in rows} == {len(COLUMNS)}
    assert len(rows) < len(NAMES)
    assert "There are more: --cursor " in ran.err


def test_all_are_listed_after_the_cost_is_stated(operator: Operator) -> None:
    ran = operator.runs("customers", "list", "--all", "--json")

    assert ran.status == 0
    assert {customer["customer_id"] for customer in lines(ran.out)} == NAMES
    assert {"email", "version", "roles"} <= {*lines(ran.out)[0]}
    if is_billed(operator):
        assert ran.err.startswith("This reads the whole table: about ")
        assert "read units and " in ran.err
        assert ran.err.endswith("less than one US cent.\n")
    else:
        assert ran.err == ""


@pytest.mark.parametrize(
    "arguments",
    [("customers", "list", "--all"), ("customers", "find", SHARED)],
)
def test_a_cost_above_a_cent_is_agreed_to_first(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    if not is_billed(operator):
        pytest.skip("SQLite bills nothing")
    monkeypatch.setattr(scan_cost, "ASK_ABOVE", 0)
    operator.sets(CUSTOMER_UNIQUE_EMAIL="false")

    alone = operator.runs(*arguments)
    assert (alone.status, alone.out) == (2, "")
    assert "no terminal to ask on, and no --yes" in alone.err
    assert operator.runs(*arguments, typing="n").status == 1
    assert "c03" in operator.runs(*arguments, typing="y").out
    assert "c03" in operator.runs(*arguments, "--yes").out


def test_a_list_that_the_store_cut_short_goes_on(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = CustomerListService.list_customers
    first: list[CustomerPage] = []

    def failing(self: CustomerListService, **more: Any) -> CustomerPage:
        if first:
            raise StoreUnavailableError(1)
        first.append(whole(self, **more))
        return first[0]

    with monkeypatch.context() as outage:
        outage.setattr(CustomerListService, "list_customers", failing)
        cut = operator.runs("customers", "list", "--all", "--json")
    assert cut.status == 1
    go_on = cut.err.rstrip(")\n").partition("Go on with ")[2].split()[:3]
    assert go_on[:2] == ["--all", "--cursor"]
    rest = operator.runs("customers", "list", *go_on, "--json")
    found = [customer["customer_id"] for customer in lines(cut.out) + lines(rest.out)]
    assert sorted(found) == sorted(NAMES)


class TestFind:
    def test_by_id(self, operator: Operator) -> None:
        (found,) = lines(operator.runs("customers", "find", "c05", "--json").out)
        assert found["email"] == "C05@Shop.Example"

        missing = operator.runs("customers", "find", "zoe")
        assert (missing.status, missing.out) == (1, "")
        assert "there is no customer 'zoe'" in missing.err

    def test_by_an_address_that_two_share(self, operator: Operator) -> None:
        operator.sets(CUSTOMER_UNIQUE_EMAIL="false")

        ran = operator.runs("customers", "find", SHARED.upper())

        header, *rows = (line.split("\t") for line in ran.out.splitlines())
        assert header == COLUMNS
        assert sorted(row[0] for row in rows) == sorted(SHARING)
        # No audit record, so no write.
        assert ("read units, less than" in ran.err) == is_billed(operator)

    def test_an_address_of_no_one(self, operator: Operator) -> None:
        ran = operator.runs("customers", "find", "c99@shop.example", "--json")

        assert (ran.status, ran.out) == (1, "")
        assert "no customer has the address c99@shop.example" in ran.err

    def test_an_exact_address_needs_no_scan(self, operator: Operator) -> None:
        ran = operator.runs("customers", "find", "c05@shop.example", "--json")

        assert (ran.status, ran.err) == (0, "")
        assert [customer["customer_id"] for customer in lines(ran.out)] == ["c05"]

    def test_a_mistake_in_the_address_is_explained(self, operator: Operator) -> None:
        ran = operator.runs("customers", "find", "@shop.example")

        assert ran.status == 2
        assert "email is not an e-mail address" in ran.err


def test_a_terminal_gets_a_table_for_each_page(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal()
    with monkeypatch.context() as on_terminal:
        on_terminal.setattr(sys, "stdout", terminal)
        on_terminal.setenv("COLUMNS", "160")
        assert main(["customers", "list", "--all"]) == 0

    drawn = terminal.getvalue()
    assert drawn.count("customer_id") >= 2
    assert all(name in drawn for name in NAMES)


def test_an_empty_store_has_an_empty_table(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    operator = Operator(monkeypatch, capsys)
    operator.sets(CUSTOMER_STORAGE="sqlite", CUSTOMER_SQLITE_PATH=str(tmp_path / "empty.db"))
    assert operator.runs("tables", "create", "--yes").status == 0

    assert operator.runs("customers", "list").out == "\t".join(COLUMNS) + "\n"
    assert operator.runs("customers", "list", "--all", "--json").out == ""
