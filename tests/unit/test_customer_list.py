"""Listing customers, and finding them by address."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from support.services.workbench import PASSWORD, Workbench

from cybershop_customer import (
    OPERATOR,
    AccountPolicy,
    CustomerPage,
    CustomerProfile,
    FieldFault,
    ForbiddenError,
    InvalidInputError,
)
from cybershop_customer.domain.customer_page import StoredCustomerPage, cursor_to, position_of

ADDRESS = "ann@shop.example"


def list_all(bench: Workbench, **arguments: Any) -> CustomerPage:
    return bench.customer_list.list_customers(**{"actor": OPERATOR, **arguments})


def find(bench: Workbench, email: Any = ADDRESS, **arguments: Any) -> CustomerPage:
    return bench.customer_list.find_customers(email, **{"actor": OPERATOR, **arguments})


def ids(page: CustomerPage) -> list[str]:
    return [customer.customer_id for customer in page.customers]


def followed(read: Callable[..., CustomerPage]) -> Iterator[CustomerPage]:
    page = read()
    yield page
    while page.next_cursor is not None:
        page = read(cursor=page.next_cursor)
        yield page


@pytest.fixture
def shared() -> Workbench:
    """A shop whose customers may share an address."""
    return Workbench(unique_email=False)


class TestList:
    def test_pages_lead_to_every_customer(self, bench: Workbench) -> None:
        names = [f"c{number:03}" for number in range(7)]
        for name in names:
            bench.add(name)

        pages = list(followed(lambda **cursor: list_all(bench, limit=3, **cursor)))

        assert [name for page in pages for name in ids(page)] == names
        assert [len(page.customers) for page in pages] == [3, 3, 1]

    def test_a_page_has_fifty_customers_by_default(self, bench: Workbench) -> None:
        for number in range(51):
            bench.add(f"c{number}")

        assert len(list_all(bench).customers) == 50

    def test_what_is_shown_is_the_profile(self, bench: Workbench) -> None:
        customer = bench.add(fname="Ann")

        assert list_all(bench).customers == (CustomerProfile.of(customer),)
        assert "Ann" not in repr(list_all(bench))

    def test_each_page_is_recorded(self, bench: Workbench) -> None:
        bench.add("ann")
        bench.roles.ensure_admin("root", PASSWORD)

        bench.customer_list.list_customers(actor=bench.login("root").session)

        record = bench.last_record("-")
        assert (record.operation_name, record.actor_id, record.status_code, record.message) == (
            "list_customers",
            "root",
            200,
            "Customers listed: 2.",
        )

    def test_a_page_is_one_read_and_one_record(self, bench: Workbench) -> None:
        bench.add()

        calls = bench.calls.during(lambda: list_all(bench))

        assert calls == ["customers.read_page", "audit_log.append"]


class TestFind:
    @pytest.mark.parametrize("spelling", [ADDRESS, "Ann@Shop.Example", "ANN@shop.example"])
    def test_every_spelling_finds_the_customer(self, bench: Workbench, spelling: str) -> None:
        customer = bench.add()
        bench.add("bob")

        assert find(bench, spelling) == CustomerPage((CustomerProfile.of(customer),), None)

    def test_it_takes_two_reads_and_leaves_no_record(self, bench: Workbench) -> None:
        bench.add()
        before = bench.log("-")

        assert bench.calls.during(lambda: find(bench)) == [
            "customers.find_id_by_email",
            "customers.get",
        ]
        assert bench.log("-") == before

    def test_an_unknown_address_is_an_empty_page(self, bench: Workbench) -> None:
        bench.add("bob")

        assert find(bench) == CustomerPage((), None)

    def test_the_only_page_has_no_next_one(self, bench: Workbench) -> None:
        bench.add()

        cursor = cursor_to("ann", "ann@shop.example")
        assert find(bench, cursor=cursor) == CustomerPage((), None)

    def test_a_cursor_of_all_customers_or_of_another_address_is_refused(
        self, bench: Workbench
    ) -> None:
        for cursor in (cursor_to("ann"), cursor_to("ann", "bob@shop.example")):
            with pytest.raises(InvalidInputError, match="cursor"):
                find(bench, cursor=cursor)

    def test_beside_a_faulty_address_the_cursor_needs_its_form_alone(
        self, bench: Workbench
    ) -> None:
        for cursor, fields in ((cursor_to("ann", "x"), ["email"]), ("x", ["email", "cursor"])):
            with pytest.raises(InvalidInputError) as refusal:
                find(bench, "ann@", cursor=cursor)
            assert [fault.field for fault in refusal.value.faults] == fields

    def test_an_address_that_changes_hands_shows_no_other_customer(
        self, bench: Workbench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bench.add()
        get = bench.storage.customers.get

        def get_after_change(customer_id: str, **now: Any) -> Any:
            found = get(customer_id, **now)
            return found and replace(found, email_key="other@shop.example")

        monkeypatch.setattr(bench.storage.customers, "get", get_after_change)

        assert find(bench) == CustomerPage((), None)
        monkeypatch.setattr(bench.storage.customers, "get", lambda *_, **__: None)
        assert find(bench) == CustomerPage((), None)

    def test_who_has_not_proven_the_address_does_not_hold_it(self) -> None:
        bench = Workbench(account_policy=AccountPolicy(email_verification=True))
        bench.add()

        assert find(bench) == CustomerPage((), None)
        assert [each.email_verified for each in list_all(bench).customers] == [False]


class TestFindWhereAddressesAreShared:
    def test_every_customer_with_the_address_is_found(self, shared: Workbench) -> None:
        for name, email in (
            ("a", "Ann@shop.example"),
            ("b", "bob@shop.example"),
            ("c", ADDRESS),
            ("d", "ann@SHOP.example"),
        ):
            shared.add(name, email=email)
        shared.roles.ensure_admin("root", PASSWORD)

        pages = list(followed(lambda **cursor: find(shared, limit=1, **cursor)))

        assert [name for page in pages for name in ids(page)] == ["a", "c", "d"]
        assert [len(page.customers) for page in pages] == [1, 0, 1, 1, 0]

    def test_a_page_is_one_read(self, shared: Workbench) -> None:
        shared.add()

        assert shared.calls.during(lambda: find(shared)) == ["customers.read_page"]

    def test_a_stored_address_that_today_is_none_is_passed_over(
        self, shared: Workbench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        customer = shared.add()
        strange = replace(CustomerProfile.of(customer), email="not an address")
        page = StoredCustomerPage((strange,), None)
        monkeypatch.setattr(shared.storage.customers, "read_page", lambda **_: page)

        assert find(shared) == CustomerPage((), None)


@pytest.mark.parametrize("read", [list_all, find])
class TestBoth:
    @pytest.mark.parametrize(
        ("arguments", "at_fault"),
        [
            *(({"limit": value}, ["limit"]) for value in (0, -1, 101, "5", 2.5, True, None)),
            *(
                ({"cursor": value}, ["cursor"])
                for value in ("", "x", "aaaa", "é", "\ud800", 7, "a" * 1000, b"x")
            ),
            ({"limit": 0, "cursor": "x"}, ["limit", "cursor"]),
            ({"found": [FieldFault("page", "is unknown")], "limit": 0}, ["page", "limit"]),
        ],
    )
    def test_every_argument_at_fault_is_named_before_anything_is_read(
        self,
        bench: Workbench,
        read: Callable[..., CustomerPage],
        arguments: dict[str, Any],
        at_fault: list[str],
    ) -> None:
        with pytest.raises(InvalidInputError) as refusal:
            read(bench, **arguments)

        assert [fault.field for fault in refusal.value.faults] == at_fault
        assert bench.calls.names == []

    def test_only_admins_may_and_a_refusal_is_recorded(
        self, bench: Workbench, read: Callable[..., CustomerPage]
    ) -> None:
        bench.add()

        with pytest.raises(ForbiddenError):
            read(bench, actor=bench.login().session)

        name = "find_customers" if read is find else "list_customers"
        record = bench.last_record("-")
        assert (record.operation_name, record.status_code, record.actor_id) == (name, 403, "ann")


@pytest.mark.parametrize("email", ["", "ann", "ann@", None, 7, "\ud800@x.example", "a" * 300])
def test_what_is_no_address_is_refused(bench: Workbench, email: Any) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        find(bench, email)

    assert [fault.field for fault in refusal.value.faults] == ["email"]


class TestCursor:
    @pytest.mark.parametrize("position", ["a", "C#zoe", "~" * 160])
    def test_it_leads_to_its_position(self, position: str) -> None:
        assert position_of(cursor_to(position)) == position

    def test_a_cut_or_altered_one_is_none(self) -> None:
        cursor = cursor_to("C#zoe")
        swapped = "B" if cursor[-1] != "B" else "C"

        assert position_of(cursor, "zoe@shop.example") is None
        for other in (cursor[:-1], cursor[1:], cursor[:-1] + swapped, cursor + "A", cursor + "="):
            assert position_of(other) is None

    @pytest.mark.parametrize("position", ["", "a b", "a\n", "~" * 161])
    def test_a_position_of_another_form_is_none(self, position: str) -> None:
        assert position_of(cursor_to(position)) is None
