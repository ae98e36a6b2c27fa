"""Promise 2: no update is lost."""

from dataclasses import replace
from typing import Any

from support.races import tasks as racing
from support.races.concurrent_users import RaceHarness
from support.races.processes import outcome
from support.stores.stored_state import log_of

from cybershop_customer import (
    OPERATOR,
    AuditRecord,
    Customer,
    CustomerUpdate,
    VersionConflictError,
)
from cybershop_customer.entrypoints.services import Services
from cybershop_customer.entrypoints.testkit.clock import START

TIMES = 4


def zoe(harness: RaceHarness) -> Customer:
    customer = harness.storage.customers.get("zoe", now=START)
    assert customer is not None
    return customer


def test_everybodys_count_is_counted(harness: RaceHarness) -> None:
    racing.add(harness.services, "zoe")
    first = harness.services.customers.update_customer("zoe", actor=OPERATOR, fname="0")

    tries = harness.race(racing.count_up, "zoe", TIMES)

    assert all(isinstance(one, int) and one >= TIMES for one in tries)
    assert zoe(harness).fname == str(harness.racers * TIMES)
    assert zoe(harness).version == first + harness.racers * TIMES


def test_changes_of_different_fields_all_stay(harness: RaceHarness) -> None:
    """Without a version named, each is made to whatever version there is."""
    racing.add(harness.services, "zoe")
    first = zoe(harness).version

    done = harness.race(racing.change_everything, "zoe", TIMES)

    updates = sum(operations.count("update_customer") for operations in done)  # type: ignore[attr-defined]
    assert zoe(harness).version == first + updates
    assert updates >= TIMES


def two_read_then_both_write(services: Services) -> list[object]:
    """Both callers add a word to the name they read; return the version's growth or the error."""
    read = [services.customers.get_customer("zoe", actor=OPERATOR) for _ in range(2)]
    return [
        outcome(
            lambda customer=customer, word=word: (
                services.customers.update_customer(
                    "zoe",
                    actor=OPERATOR,
                    if_version=customer.version,
                    lname=f"{customer.lname} {word}",
                )
                - customer.version
            )
        )
        for customer, word in zip(read, ("one", "other"), strict=True)
    ]


def test_the_second_of_two_who_read_the_same_is_refused(thread_harness: RaceHarness) -> None:
    racing.add(thread_harness.services, "zoe")

    assert two_read_then_both_write(thread_harness.services) == [1, VersionConflictError]
    assert zoe(thread_harness).lname == " one"
    assert len(log_of(thread_harness.storage, "zoe")) == 2


class Careless:
    """Negative control: updates the current version, whatever it is."""

    def __init__(self, customers: Any) -> None:
        self._customers = customers

    def __getattr__(self, name: str) -> Any:
        return getattr(self._customers, name)

    def update(self, update: CustomerUpdate, record: AuditRecord) -> None:
        present = self._customers.get(update.customer_id, now=record.at).version
        self._customers.update(replace(update, if_version=present), record)


def test_without_the_version_the_first_of_two_is_lost(thread_harness: RaceHarness) -> None:
    racing.add(thread_harness.services, "zoe")
    services = thread_harness.services_with(customers=Careless(thread_harness.storage.customers))

    assert two_read_then_both_write(services) == [1, 1]
    assert zoe(thread_harness).lname == " other"
