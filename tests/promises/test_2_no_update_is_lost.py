"""Promise 2: no update is lost."""

from dataclasses import replace
from typing import Any

from support import racing
from support.processes import outcome
from support.traces import log_of
from support.users import Shop

from cybershop_customer import (
    OPERATOR,
    AuditRecord,
    Customer,
    CustomerUpdate,
    VersionConflictError,
)
from cybershop_customer.entrypoints.services import Services

TIMES = 4


def zoe(shop: Shop) -> Customer:
    customer = shop.storage.customers.get("zoe")
    assert customer is not None
    return customer


def test_every_callers_increment_is_kept(shop: Shop) -> None:
    racing.add(shop.services, "zoe")
    first = shop.services.customers.update_customer("zoe", actor=OPERATOR, fname="0")

    tries = shop.race(racing.count_up, "zoe", TIMES)

    assert all(isinstance(one, int) and one >= TIMES for one in tries)
    assert zoe(shop).fname == str(shop.racers * TIMES)
    assert zoe(shop).version == first + shop.racers * TIMES


def test_changes_of_different_fields_all_stay(shop: Shop) -> None:
    """Without ``if_version``, each update applies to the current version."""
    racing.add(shop.services, "zoe")
    first = zoe(shop).version

    done = shop.race(racing.change_everything, "zoe", TIMES)

    updates = sum(operations.count("update_customer") for operations in done)  # type: ignore[attr-defined]
    assert zoe(shop).version == first + updates
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


def test_the_second_of_two_who_read_the_same_is_refused(stage: Shop) -> None:
    racing.add(stage.services, "zoe")

    assert two_read_then_both_write(stage.services) == [1, VersionConflictError]
    assert zoe(stage).lname == " one"
    assert len(log_of(stage.storage, "zoe")) == 2


class Careless:
    """Negative control: updates the current version, whatever it is."""

    def __init__(self, customers: Any) -> None:
        self._customers = customers

    def __getattr__(self, name: str) -> Any:
        return getattr(self._customers, name)

    def update(self, update: CustomerUpdate, record: AuditRecord) -> None:
        present = self._customers.get(update.customer_id).version
        self._customers.update(replace(update, if_version=present), record)


def test_without_the_version_the_first_of_two_is_lost(stage: Shop) -> None:
    racing.add(stage.services, "zoe")
    services = stage.services_with(customers=Careless(stage.storage.customers))

    assert two_read_then_both_write(services) == [1, 1]
    assert zoe(stage).lname == " other"
