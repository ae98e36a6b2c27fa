"""Updates and deletions during which another change happens: no update is lost."""

from collections.abc import Callable
from typing import Any

import pytest
from support.services.workbench import PASSWORD, Workbench

from cybershop_customer import (
    OPERATOR,
    CustomerNotFoundError,
    StoreUnavailableError,
    VersionConflictError,
)


def another_caller_updates(bench: Workbench, **fields: Any) -> Callable[[], object]:
    """Make another change between the read and the write of an update."""
    return lambda: bench.update(**fields)


@pytest.mark.parametrize(
    ("fields", "calls"),
    [
        ({"fname": "x", "if_version": 1}, ["customers.update"]),
        ({"fname": "x"}, ["customers.get", "customers.update"]),
        ({"email": "x@shop.example", "if_version": 1}, ["customers.get", "customers.update"]),
        ({"if_version": 1, "email": "ann@shop.example"}, ["customers.get"]),
        (
            {"password": "battery staple", "if_version": 1},
            ["customers.get", "hasher.verify", "hasher.hash", "customers.update"],
        ),
    ],
)
def test_an_update_reads_once_unless_its_version_and_plain_fields_are_given(
    bench: Workbench, fields: dict[str, Any], calls: list[str]
) -> None:
    bench.add()

    assert bench.calls.during(lambda: bench.update(**fields)) == calls


@pytest.mark.parametrize(
    "fields",
    [
        {"fname": "x"},
        {"email": "x@shop.example"},
        {"password": "battery staple"},
        {"password": PASSWORD},
    ],
)
@pytest.mark.parametrize("if_version", [1, 3])
def test_another_version_than_the_one_expected_is_a_conflict(
    bench: Workbench, fields: dict[str, Any], if_version: int
) -> None:
    bench.add()
    bench.update(fname="Zoë")
    before = bench.states()

    with pytest.raises(VersionConflictError) as refusal:
        bench.update(if_version=if_version, **fields)

    assert refusal.value.customer_id == "ann"
    assert bench.states() == before


def test_the_version_expected_can_be_the_present_one(bench: Workbench) -> None:
    bench.add()

    assert bench.update(if_version=1, fname="a") == 2
    assert bench.update(if_version=2, email="b@shop.example") == 3
    bench.delete(if_version=3)

    assert bench.storage.customers.get("ann", now=bench.clock.now()) is None


def test_without_an_expected_version_both_changes_are_made(bench: Workbench) -> None:
    bench.add()
    bench.calls.before("customers.update", another_caller_updates(bench, lname="theirs"))

    assert bench.update(fname="ours") == 3

    assert (bench.stored().fname, bench.stored().lname) == ("ours", "theirs")
    assert [record.fields for record in bench.log()[1:]] == [("lname",), ("fname",)]


def test_a_change_that_another_caller_made_is_not_made_again(bench: Workbench) -> None:
    bench.add()
    bench.calls.before("customers.update", another_caller_updates(bench, fname="same"))

    assert bench.update(fname="same") == 2

    assert len(bench.log()) == 2


def test_with_an_expected_version_nothing_is_retried(bench: Workbench) -> None:
    bench.add()
    bench.calls.before("customers.update", another_caller_updates(bench, lname="theirs"))

    with pytest.raises(VersionConflictError):
        bench.update(if_version=1, email="ours@shop.example")

    assert bench.stored().email == "ann@shop.example"
    # The other caller's read and write, and ours.
    assert bench.calls.names.count("customers.get") == 2
    assert bench.calls.names.count("customers.update") == 2


def test_five_conflicts_in_a_row_are_reported(bench: Workbench) -> None:
    bench.add()
    bench.calls.fail("customers.update", VersionConflictError("ann"), times=5)

    with pytest.raises(VersionConflictError):
        bench.update(fname="x")

    assert bench.calls.names.count("customers.update") == 5


def test_the_fifth_attempt_may_succeed(bench: Workbench) -> None:
    bench.add()
    bench.calls.fail("customers.update", VersionConflictError("ann"), times=4)

    assert bench.update(fname="x") == 2


def test_a_customer_deleted_after_the_read_is_not_found(bench: Workbench) -> None:
    bench.add()
    bench.calls.before("customers.update", bench.delete)

    with pytest.raises(CustomerNotFoundError):
        bench.update(fname="x")


def test_a_store_that_does_not_answer_is_asked_once(bench: Workbench) -> None:
    bench.add()
    bench.calls.fail("customers.update", StoreUnavailableError(outcome_known=False))

    with pytest.raises(StoreUnavailableError):
        bench.update(fname="x")

    assert bench.calls.names.count("customers.update") == 1


def test_a_deletion_reads_again_after_a_change(bench: Workbench) -> None:
    bench.add()
    moved = another_caller_updates(bench, email="moved@shop.example")
    bench.calls.before("customers.delete", moved)

    bench.customers.delete_customer("ann", actor=OPERATOR)

    assert bench.storage.customers.get("ann", now=bench.clock.now()) is None
    assert bench.storage.customers.find_id_by_email("moved@shop.example") is None


@pytest.mark.parametrize("if_version", [1, 3])
def test_a_deletion_of_another_version_is_a_conflict(bench: Workbench, if_version: int) -> None:
    bench.add()
    bench.update(fname="Zoë")
    before = bench.states()

    with pytest.raises(VersionConflictError):
        bench.delete(if_version=if_version)

    assert bench.states() == before


def test_a_deletion_with_an_expected_version_is_not_retried(bench: Workbench) -> None:
    bench.add()
    bench.calls.before("customers.delete", another_caller_updates(bench, fname="theirs"))

    with pytest.raises(VersionConflictError):
        bench.delete(if_version=1)

    assert bench.stored().fname == "theirs"
    assert bench.calls.names.count("customers.get") == 2
