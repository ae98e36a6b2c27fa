"""A reply that names another key, session or table counts as lost. It is never data."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from support.builders.values import a_change_of_email, a_customer, a_record, an_update
from support.doubles.manual_time import ManualTime
from support.dynamodb.stub_endpoint import (
    Act,
    Exchange,
    StubServer,
    done,
    refuse,
    stub_endpoint,
    succeed,
)

from cybershop_customer import (
    CustomerServiceError,
    EmailTakenError,
    Session,
    Storage,
    StoreUnavailableError,
    VersionConflictError,
)
from cybershop_customer.adapters.dynamodb.audit_item import record_to_item
from cybershop_customer.adapters.dynamodb.call_limits import CallLimits
from cybershop_customer.adapters.dynamodb.client import make_client
from cybershop_customer.adapters.dynamodb.customer_item import customer_to_item, session_to_value
from cybershop_customer.adapters.dynamodb.database import Database
from cybershop_customer.adapters.dynamodb.gateway import DynamoDBGateway
from cybershop_customer.adapters.dynamodb.session_change_item import session_change_to_item
from cybershop_customer.adapters.dynamodb.storage import storage_on
from cybershop_customer.domain.audit import rfc3339
from cybershop_customer.entrypoints.testkit.clock import START

LIMITS = CallLimits(connect_timeout=0.5, read_timeout=2, attempts=2)
LATER = START + timedelta(minutes=30)
ENTRY = session_to_value(Session("mine", "zoe", frozenset(), START, LATER))


CHOSEN = {"direct": True}
"""Which client ``asked`` makes."""


@pytest.fixture(params=["direct", "botocore"], autouse=True)
def chosen_client(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test runs with each client."""
    monkeypatch.setitem(CHOSEN, "direct", request.param == "direct")


def asked(ask: Callable[[Storage], object], *acts: Act) -> tuple[object, StubServer]:
    """What ``ask`` returns, or the library's error, and the server that does ``acts``."""
    time = ManualTime()
    with stub_endpoint(*acts) as server:
        client = make_client(server.url, limits=LIMITS, connections=1, **CHOSEN)
        gateway = DynamoDBGateway(client, LIMITS, sleep=time.sleep, uniform=time.longest)
        try:
            return ask(storage_on(Database(gateway, "shop-", session_feed=True))), server
        except CustomerServiceError as error:
            return error, server
        finally:
            client.close()


def item(customer_id: str, session_id: str | None = "mine", **more: Any) -> dict[str, Any]:
    """What a session check reads of a customer who has the session ``session_id``."""
    sessions = {} if session_id is None else {"sessions": {"M": {session_id: ENTRY}}}
    return {"pk": {"S": f"C#{customer_id}"}, "schema": {"N": "1"}, **sessions, **more}


def units(table: str) -> dict[str, object]:
    return {"CapacityUnits": 1, "TableName": table}


def find(storage: Storage) -> object:
    return storage.sessions.find("zoe", "mine")


GOOD = succeed(Item=item("zoe"), ConsumedCapacity=units("shop-customer"))
WIPED = {"wiped": {"M": {"other": ENTRY}}, "wiped_at": {"N": "0"}}
CROSSED: dict[str, Act] = {
    "another customer": succeed(Item=item("yan", roles={"SS": ["admin"]})),
    "no key": succeed(Item={"sessions": {"M": {"mine": ENTRY}}}),
    "another session": succeed(Item=item("zoe", "other")),
    "another session, that ended": succeed(Item=item("zoe", None, **WIPED)),
    "another table": succeed(Item=item("zoe"), ConsumedCapacity=units("other-customer")),
    "another table, where nothing is": succeed(ConsumedCapacity=units("other-customer")),
}


@pytest.mark.parametrize("act", CROSSED.values(), ids=CROSSED)
def test_a_session_is_found_only_in_its_own_reply(act: Act) -> None:
    found, server = asked(find, act, GOOD)

    assert found == Session("mine", "zoe", frozenset(), START, LATER)
    assert len(server.requests) == 2


@pytest.mark.parametrize("act", CROSSED.values(), ids=CROSSED)
def test_a_reply_that_is_mixed_up_every_time_is_no_answer(act: Act) -> None:
    found, server = asked(find, act)

    assert isinstance(found, StoreUnavailableError)
    assert found.outcome_known
    assert len(server.requests) == 2


def test_a_customer_and_a_guard_must_have_their_keys() -> None:
    yan = customer_to_item(a_customer(customer_id="yan"))
    guard = {"pk": {"S": "E#yan@shop.example"}, "customer_id": {"S": "yan"}}

    for ask, crossed in (
        (lambda storage: storage.customers.get("zoe", now=START), yan),
        (lambda storage: storage.sessions.get_with_sessions("zoe", now=START), yan),
        (lambda storage: storage.customers.find_id_by_email("zoe@shop.example"), guard),
    ):
        found, _ = asked(ask, succeed(Item=crossed))
        assert isinstance(found, StoreUnavailableError)


def log_of(customer_id: str) -> dict[str, Any]:
    return dict(record_to_item(a_record(customer_id, at=START)))


def read_log(storage: Storage) -> object:
    hour = timedelta(hours=1)
    return storage.audit_log.read(
        "zoe", since=START - hour, until=START + hour, after=None, limit=9
    )


def find_records(storage: Storage) -> object:
    return storage.audit_log.find("zoe", ["2031-05-17T12:00:00.000000Z~one"])


def read_feed(storage: Storage) -> object:
    return storage.session_changes.read(after=rfc3339(START), limit=9)


def change_at(minutes: float) -> dict[str, Any]:
    at = START + timedelta(minutes=minutes)
    return dict(session_change_to_item(a_record("zoe", at=at), "#sessions"))


BATCH: dict[str, Any] = {"ConsumedCapacity": [units("shop-logger")]}
NO_RECORDS: dict[str, Any] = {"Responses": {"shop-logger": []}, **BATCH}
PAGES: dict[str, tuple[Callable[[Storage], object], dict[str, Any]]] = {
    "the log of another": (read_log, {"Items": [log_of("zoe"), log_of("yan")]}),
    "the log of another day": (
        read_log,
        {"Items": [{**log_of("zoe"), "at": {"S": "2001-01-01T00:00:00.000000Z~1"}}]},
    ),
    "a log that goes on with another": (
        read_log,
        {"Items": [], "LastEvaluatedKey": {"customer_id": {"S": "yan"}, "at": {"S": "2031"}}},
    ),
    "the records of another": (
        find_records,
        {"Responses": {"shop-logger": [log_of("yan")]}, **BATCH},
    ),
    "the reply to another operation": (find_records, BATCH),
    "records that go on with another": (
        find_records,
        {
            **NO_RECORDS,
            "UnprocessedKeys": {
                "shop-logger": {"Keys": [{"customer_id": {"S": "yan"}, "at": {"S": "2031"}}]}
            },
        },
    ),
    "a log for the feed": (read_feed, {"Items": [log_of("zoe")]}),
    "an earlier page of the feed": (read_feed, {"Items": [change_at(-1), change_at(1)]}),
}


@pytest.mark.parametrize(("ask", "page"), PAGES.values(), ids=PAGES)
def test_each_item_of_a_page_must_have_a_requested_key(
    ask: Callable[[Storage], object], page: dict[str, Any]
) -> None:
    nothing = NO_RECORDS if ask is find_records else {"Items": []}
    found, server = asked(ask, succeed(**page), succeed(**nothing))

    assert not isinstance(found, CustomerServiceError)
    assert found == asked(ask, succeed(**nothing))[0]
    assert len(server.requests) == 2


def refused_for(index: int, found: dict[str, Any], writes: int) -> Act:
    reasons: list[dict[str, Any]] = [{"Code": "None"} for _ in range(writes)]
    reasons[index] = {"Code": "ConditionalCheckFailed", "Item": found}
    return refuse("TransactionCanceledException", CancellationReasons=reasons)


def update(storage: Storage) -> object:
    zoe = a_customer(customer_id="zoe")
    email = a_change_of_email(zoe, "new")
    storage.customers.update(an_update(zoe, email=email), a_record("zoe"))
    return "updated"


def key_of_new_address() -> str:
    email = a_change_of_email(a_customer(customer_id="zoe"), "new")
    return f"E#{email.key}"


@pytest.mark.parametrize(
    ("index", "key", "error"),
    [(0, lambda: "C#zoe", VersionConflictError), (1, key_of_new_address, EmailTakenError)],
    ids=["update", "put"],
)
def test_a_failed_condition_must_name_the_requested_item(
    index: int, key: Callable[[], str], error: type[Exception]
) -> None:
    own, other = {"pk": {"S": key()}}, {"pk": {"S": "C#yan"}}

    assert isinstance(asked(update, refused_for(index, own, 4))[0], error)
    crossed, server = asked(update, refused_for(index, other, 4), done())
    assert crossed == "updated"
    assert len(set(server.requests)) == 1


def test_a_failed_condition_must_name_a_write_that_was_sent() -> None:
    reason = refused_for(9, {"pk": {"S": "C#zoe"}}, 10)

    assert asked(update, reason, done())[0] == "updated"


RECORD = a_record("zoe")
STORED = {"customer_id": {"S": "zoe"}, "at": {"S": RECORD.position}}
REFUSED = "ConditionalCheckFailedException"


def append(storage: Storage) -> object:
    storage.audit_log.append(RECORD)
    return "appended"


def test_a_record_that_is_there_must_be_the_appended_one() -> None:
    other = {**STORED, "customer_id": {"S": "yan"}}

    assert asked(append, refuse(REFUSED, Item=STORED))[0] == "appended"
    crossed, server = asked(append, refuse(REFUSED, Item=other), succeed())
    assert crossed == "appended"
    assert len(set(server.requests)) == 1


def test_a_record_that_is_there_is_looked_up_if_the_store_does_not_return_it() -> None:
    found, server = asked(append, refuse(REFUSED), succeed(Items=[STORED]))
    missing, _ = asked(append, refuse(REFUSED), succeed(Items=[]))

    assert found == "appended"
    assert len(server.requests) == 2
    assert isinstance(missing, StoreUnavailableError)
    assert not missing.outcome_known


def test_a_record_in_a_transaction_is_looked_up_likewise() -> None:
    """The conditions of all other writes hold, so an earlier attempt made the change."""
    cancelled = refuse(
        "TransactionCanceledException",
        CancellationReasons=[*[{"Code": "None"}] * 3, {"Code": "ConditionalCheckFailed"}],
    )

    def lookup(exchange: Exchange) -> None:
        query = json.loads(exchange.body)
        (customer, at, _) = query["ExpressionAttributeValues"].values()
        succeed(Items=[{"customer_id": customer, "at": at}])(exchange)

    assert asked(update, cancelled, lookup)[0] == "updated"
    missing, _ = asked(update, cancelled, succeed(Items=[]))
    assert isinstance(missing, StoreUnavailableError)
    assert not missing.outcome_known
