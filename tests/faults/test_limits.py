"""No thread is held longer than the limits say, and nothing unsent counts as lost."""

import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from time import monotonic
from typing import Final

import pytest
from support.builders.values import a_charge, a_customer, a_record, an_attempt, an_update
from support.dynamodb.databases import local_client, local_database
from support.faults.harness import FaultyEndpoint, FaultyStore, faulty_endpoint
from support.faults.scripts import Fault, FaultSequence, StoreRequest

from cybershop_customer import Storage, StoreUnavailableError
from cybershop_customer.adapters.dynamodb.call_limits import CallLimits
from cybershop_customer.adapters.dynamodb.storage import dynamodb_storage
from cybershop_customer.entrypoints.testkit.clock import START

pytestmark = pytest.mark.dynamodb_local

MARGIN: Final = 5.0
"""Seconds for a thread to get its turn on a machine that has other things to do."""
CUSTOMER: Final = a_customer()
# Forty silent attempts would take over eight seconds: the limit must stop them.
LIMITS: Final = CallLimits(
    connect_timeout=0.1,
    read_timeout=0.2,
    attempts=40,
    time_limit=0.6,
    max_first_pause=0,
)

READS: Final[dict[str, Callable[[Storage], object]]] = {
    "get": lambda storage: storage.customers.get("zoe", now=START),
    "find by email": lambda storage: storage.customers.find_id_by_email("zoe@shop.example"),
    "find session": lambda storage: storage.sessions.find("zoe", "a session"),
    "get with sessions": lambda storage: storage.sessions.get_with_sessions("zoe", now=START),
    "probe": lambda storage: storage.probe.probe(),
}
WRITES: Final[dict[str, Callable[[Storage], object]]] = {
    "add": lambda storage: storage.customers.add(CUSTOMER, a_record("zoe")),
    "update": lambda storage: storage.customers.update(an_update(CUSTOMER), a_record("zoe")),
    "append": lambda storage: storage.audit_log.append(a_record("zoe")),
    "charge": lambda storage: storage.login_throttle.charge(an_attempt()),
    "refund": lambda storage: storage.login_throttle.refund(a_charge(), START),
    "reset": lambda storage: storage.login_throttle.reset(["a key"], a_record("zoe")),
}
CALLS: Final = {**READS, **WRITES}
every_call = pytest.mark.parametrize("name", CALLS)


@pytest.fixture(scope="module", params=["direct", "botocore"])
def impatient(request: pytest.FixtureRequest) -> Iterator[FaultyEndpoint]:
    with faulty_endpoint(LIMITS, direct=request.param == "direct") as endpoint:
        yield endpoint


@every_call
@pytest.mark.parametrize("fault", [Fault.SILENT, Fault.LATE])
def test_silence_holds_a_thread_no_longer_than_the_limit(
    impatient: FaultyEndpoint, name: str, fault: Fault
) -> None:
    faulty = impatient.new_store()
    attempts: list[StoreRequest] = []

    def script(request: StoreRequest) -> Fault:
        attempts.append(request)
        return fault

    faulty.proxy.script = script
    began = monotonic()

    with pytest.raises(StoreUnavailableError) as unavailable:
        CALLS[name](faulty.storage)

    # On a busy machine there are fewer, and the time is longer.
    assert 1 <= len(attempts) <= LIMITS.time_limit / LIMITS.read_timeout + 1
    # A connection may end a wait one part in a hundred early.
    assert 0.95 * LIMITS.read_timeout < monotonic() - began < LIMITS.time_limit + MARGIN
    assert unavailable.value.outcome_known is (name in READS)


def test_without_the_limit_a_thread_is_held_longer() -> None:
    """Negative control: the proxy stays silent for long enough to tell."""
    no_limit = replace(LIMITS, time_limit=1000)
    with faulty_endpoint(no_limit) as endpoint:
        faulty = endpoint.new_store()
        faulty.proxy.script = lambda _: Fault.SILENT
        began = monotonic()

        with pytest.raises(StoreUnavailableError):
            faulty.storage.customers.get("zoe", now=START)

    assert monotonic() - began > LIMITS.time_limit + MARGIN


@every_call
@pytest.mark.parametrize("direct", [True, False], ids=["direct", "botocore"])
def test_where_nobody_listens_nothing_was_sent(name: str, direct: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        endpoint = "http://{}:{}".format(*free.getsockname())
    storage = dynamodb_storage(endpoint, "nowhere-", limits=LIMITS, direct=direct)

    with pytest.raises(StoreUnavailableError) as unavailable:
        CALLS[name](storage)

    assert unavailable.value.outcome_known


def test_an_outage_that_begins_with_a_lost_request_leaves_its_outcome_unknown(
    faulty: FaultyStore,
) -> None:
    faulty.proxy.script = FaultSequence("TransactWriteItems", [Fault.REFUSED], last_for_ever=True)

    with pytest.raises(StoreUnavailableError) as unavailable:
        WRITES["add"](faulty.storage)

    assert not unavailable.value.outcome_known


def test_dynamodb_local_honours_tokens() -> None:
    """What every test of retries here relies on; moto, for one, ignores them."""
    client, table = local_client(), local_database().customer_table
    write = {
        "Put": {
            "TableName": table,
            "Item": {"pk": {"S": "once"}},
            "ConditionExpression": "attribute_not_exists(pk)",
        }
    }

    client.transact_write_items(TransactItems=[write], ClientRequestToken="one")
    client.transact_write_items(TransactItems=[write], ClientRequestToken="one")

    with pytest.raises(client.exceptions.TransactionCanceledException):
        client.transact_write_items(TransactItems=[write], ClientRequestToken="another")
