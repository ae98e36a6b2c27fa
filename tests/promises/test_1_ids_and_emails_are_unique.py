"""Promise 1: two customers never share an id, nor an e-mail address."""

from datetime import timedelta

import pytest
from support.builders.values import a_change_of_email, a_customer, a_record, an_update
from support.dynamodb.databases import local_database
from support.races import tasks as racing
from support.races.concurrent_users import RaceHarness
from support.races.processes import outcome
from support.races.threads import race
from support.stores.stored_state import log_of, read_state
from support.stores.unsafe_stores import ReadBarrier, UnlockedMemoryStore, without_conditions

from cybershop_customer import (
    OPERATOR,
    CustomerExistsError,
    EmailTakenError,
    Storage,
)
from cybershop_customer.adapters.dynamodb.database import Database
from cybershop_customer.adapters.dynamodb.storage import storage_on
from cybershop_customer.entrypoints.testkit.clock import START

ROUNDS = 3


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_one_of_many_gets_the_id(harness: RaceHarness, turn: int) -> None:
    emails = harness.race(racing.add_the_same_id, "zoe")

    (email,) = (email for email in emails if isinstance(email, str))
    assert emails.count(CustomerExistsError) == harness.racers - 1
    customer = harness.storage.customers.get("zoe", now=START)
    assert customer is not None
    assert customer.email == email
    owners = [
        harness.storage.customers.find_id_by_email(f"{number}@shop.example")
        for number in range(harness.racers)
    ]
    assert owners.count("zoe") == 1
    assert owners.count(None) == harness.racers - 1
    assert len(log_of(harness.storage, "zoe")) == 1


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_one_of_many_gets_the_address(harness: RaceHarness, turn: int) -> None:
    outcomes = harness.race(racing.add_the_same_email, "zoe")

    (winner,) = (outcome for outcome in outcomes if isinstance(outcome, str))
    assert outcomes.count(EmailTakenError) == harness.racers - 1
    assert harness.storage.customers.find_id_by_email("zoe@shop.example") == winner
    for number in range(harness.racers):
        left = read_state(harness.storage, f"zoe-{number}")
        assert (left.customer is not None, len(left.log)) == (
            (True, 1) if f"zoe-{number}" == winner else (False, 0)
        )


def test_one_of_many_moves_to_the_address(harness: RaceHarness) -> None:
    ids = [racing.add(harness.services, f"customer-{number}") for number in range(harness.racers)]

    outcomes = harness.race(racing.move_to_the_same_email, "new@shop.example")

    (winner,) = (outcome for outcome in outcomes if isinstance(outcome, str))
    assert outcomes.count(EmailTakenError) == harness.racers - 1
    for customer_id in ids:
        customer = harness.storage.customers.get(customer_id, now=START)
        assert customer is not None
        key = "new@shop.example" if customer_id == winner else f"{customer_id}@shop.example"
        assert customer.email_key == key
        assert harness.storage.customers.find_id_by_email(key) == customer_id


def customers_with(storage: Storage, email: str, *customer_ids: str) -> list[str]:
    found = [storage.customers.get(customer_id, now=START) for customer_id in customer_ids]
    return [one.customer_id for one in found if one is not None and one.email == email]


@pytest.mark.dynamodb_local
def test_without_its_condition_dynamodb_gives_an_address_twice() -> None:
    """Negative control: read first, then write without a condition."""
    database = local_database()
    careless = without_conditions(Database, "pk", "customer_id")(
        database.gateway, database.customer_table.removesuffix("customer")
    )
    harness = RaceHarness(storage_on(careless), 2, lambda *_: [])
    looking = ReadBarrier(harness.storage.customers, "find_id_by_email")

    def look_first(customer_id: str) -> object:
        taken = looking.find_id_by_email("zoe@shop.example")
        assert taken is None
        return outcome(lambda: racing.add(harness.services, customer_id, "zoe@shop.example"))

    outcomes = race([lambda: look_first("one"), lambda: look_first("other")])

    assert outcomes == ["one", "other"]
    both = customers_with(harness.storage, "zoe@shop.example", "one", "other")
    assert both == ["one", "other"]


@pytest.mark.dynamodb_local
def test_without_its_condition_dynamodb_gives_an_id_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: the second customer replaces the first."""
    database = local_database()
    careless = without_conditions(Database, "pk")(
        database.gateway, database.customer_table.removesuffix("customer")
    )
    harness = RaceHarness(storage_on(careless), 2, lambda *_: [])
    # The look before the password is hashed would often find the first one.
    monkeypatch.setattr(harness.storage.customers, "is_taken", lambda *_, **__: False)
    looking = ReadBarrier(harness.storage.customers, "get")

    def look_first(number: int) -> object:
        assert looking.get("zoe", now=START) is None
        return outcome(lambda: racing.add_the_same_id(harness.services, number, "zoe"))

    outcomes = race([lambda: look_first(0), lambda: look_first(1)])

    assert outcomes == ["0@shop.example", "1@shop.example"]
    assert len(log_of(harness.storage, "zoe")) == 2


@pytest.mark.dynamodb_local
def test_without_its_condition_dynamodb_gives_the_id_of_a_deleted_customer() -> None:
    """Negative control: the newcomer replaces the tombstone."""
    database = local_database()
    careless = without_conditions(Database, "pk")(
        database.gateway, database.customer_table.removesuffix("customer")
    )
    customers = storage_on(careless).customers
    customer = a_customer(customer_id="zoe")
    customers.add(customer, a_record("zoe"))
    customers.delete(customer, a_record("zoe"), id_kept_until=START + timedelta(days=400))
    assert customers.is_taken("zoe", now=START)

    customers.add(customer, a_record("zoe"))

    assert customers.get("zoe", now=START) == customer


@pytest.mark.parametrize("what", ["id", "address"])
def test_without_its_lock_memory_gives_both_twice(what: str) -> None:
    """Negative control: between look and write another comes in."""
    memory = UnlockedMemoryStore()
    harness = RaceHarness(memory.storage, 2, lambda *_: [])
    task = racing.add_the_same_id if what == "id" else racing.add_the_same_email

    with memory.interleaved(memory.rows if what == "id" else memory.email_owners):
        outcomes = race(
            [lambda n=n: outcome(lambda: task(harness.services, n, "zoe")) for n in (0, 1)]
        )

    assert {type(found) for found in outcomes} == {str}


def replaced(thread_harness: RaceHarness) -> None:
    """Zoe is deleted; somebody else takes the id, and somebody else again the address."""
    thread_harness.services.customers.delete_customer("zoe", actor=OPERATOR)
    racing.add(thread_harness.services, "zoe", "newcomer@shop.example")
    racing.add(thread_harness.services, "heir", "zoe@shop.example")


def test_an_update_of_a_deleted_customer_takes_nobodys_address(thread_harness: RaceHarness) -> None:
    racing.add(thread_harness.services, "zoe")
    stale = thread_harness.storage.customers.get("zoe", now=START)
    assert stale is not None
    replaced(thread_harness)

    change = a_change_of_email(stale, "elsewhere@shop.example")
    outcome(
        lambda: thread_harness.storage.customers.update(
            an_update(stale, email=change), a_record("zoe")
        )
    )

    stranger = a_customer(email_key="zoe@shop.example")
    with pytest.raises(EmailTakenError):
        thread_harness.storage.customers.add(stranger, a_record(stranger.customer_id))


@pytest.mark.dynamodb_local
@pytest.mark.parametrize("thread_harness", ["dynamodb-local"], indirect=True)
def test_a_deletion_of_a_deleted_customer_takes_nobodys_address(
    thread_harness: RaceHarness,
) -> None:
    racing.add(thread_harness.services, "zoe")
    stale = thread_harness.storage.customers.get("zoe", now=START)
    assert stale is not None
    replaced(thread_harness)

    outcome(lambda: thread_harness.storage.customers.delete(stale, a_record("zoe")))

    assert thread_harness.storage.customers.find_id_by_email("zoe@shop.example") == "heir"
