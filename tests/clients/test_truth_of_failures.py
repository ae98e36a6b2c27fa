"""Whatever comes back or does not, no client reports a success or a failure that is false.

A real service is behind a relay that breaks before or after the service has acted. So each test
knows what happened, and compares it with what the client says.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, Final

import pytest
from support.clients.operations import OPERATIONS, PASSWORD, Operation, People, Person
from support.http.fault_relay import FaultRelay, Reply, fault_relay
from support.http.raw_server import answer, problem
from support.http.transports import served
from support.races.threads import race

from cybershop_customer import (
    CheckerUnavailableError,
    CustomerServiceError,
    ServiceUnavailableError,
    StoreUnavailableError,
)
from cybershop_customer.adapters.direct.customer_client import DirectCustomerClient
from cybershop_customer.entrypoints.client import CustomerClient
from cybershop_customer.entrypoints.container import Container
from cybershop_customer.entrypoints.http.app import create_app

from .conftest import HTTP_CLIENTS, Shop, places

LIMIT: Final = 2.0
"""Seconds, for the tests in which nothing comes. All clients need a part of it to ask."""
LONG: Final = 30.0


@pytest.fixture
def environ() -> dict[str, str]:
    return {"CUSTOMER_EMAIL_VERIFICATION": "required", "CUSTOMER_MAX_SESSIONS": "100"}


@pytest.fixture(params=[place for place in places(["memory"]) if place.id == "direct-memory"])
def place(request: pytest.FixtureRequest) -> tuple[str, str]:
    """The service; the clients under test are those of ``make_client``."""
    place: tuple[str, str] = request.param
    return place


@pytest.fixture(params=HTTP_CLIENTS)
def make_client(request: pytest.FixtureRequest) -> Iterator[Callable[..., CustomerClient]]:
    """Makes a client over HTTP. It closes it at the end of the test."""
    with ExitStack() as stack:

        def make(url: str, **arguments: Any) -> CustomerClient:
            return stack.enter_context(HTTP_CLIENTS[request.param](url, **arguments))

        yield make


@pytest.fixture
def people(container: Container, client: CustomerClient, shop: Shop) -> People:
    assert isinstance(client, DirectCustomerClient)
    return People(client, shop.mail)


@pytest.fixture
def url(container: Container) -> Iterator[str]:
    with served(create_app(container.services())) as server:
        yield server.url


def outcome(
    operation: Operation, client: CustomerClient, person: Person
) -> CustomerServiceError | None:
    try:
        operation.call(client, person)
    except CustomerServiceError as error:
        return error
    return None


Tried = Callable[..., Iterator[tuple[str, Operation, FaultRelay, CustomerServiceError | None]]]


@pytest.fixture
def tried(make_client: Callable[..., CustomerClient], people: People, url: str) -> Tried:
    """Tries every operation, each through a relay and with a client of its own."""

    def run(
        reply: Reply, *, forwards: bool, time_limit: float = LONG
    ) -> Iterator[tuple[str, Operation, FaultRelay, CustomerServiceError | None]]:
        with ExitStack() as stack:
            relays, calls = {}, []
            for number, (name, operation) in enumerate(OPERATIONS.items()):
                person = people.make(f"ann{number}", operation)
                relay = relays[name] = stack.enter_context(
                    fault_relay(url, reply, forwards=forwards)
                )
                client = make_client(relay.url, time_limit=time_limit)
                calls.append(lambda o=operation, c=client, p=person: outcome(o, c, p))
            for (name, relay), error in zip(relays.items(), race(calls), strict=True):
                yield name, OPERATIONS[name], relay, error

    return run


def assert_unknown(operation: Operation, relay: FaultRelay, error: object, name: str) -> None:
    """The client has no answer, and says so. It repeats reads once, and changes never."""
    assert isinstance(error, ServiceUnavailableError | CheckerUnavailableError), (name, error)
    assert error.retry_after >= 1
    if isinstance(error, ServiceUnavailableError):
        assert error.outcome_known is not operation.changes, name
    assert 1 <= relay.requests <= (1 if operation.changes else 2), name


def cut_in_head(response: bytes) -> bytes:
    return response[:40]


def cut_in_body(response: bytes) -> bytes:
    return response[:-3]


OTHERS: Final[dict[str, bytes]] = {
    "closed": b"",
    "not HTTP": b"220 mail.shop.example ESMTP\r\n\r\n",
    "binary": bytes(range(256)),
    "200 in HTML": answer(200, b"<html>Sign in to the Wi-Fi</html>"),
    "200 empty": answer(200, b""),
    "200 empty object": answer(200, {}),
    "200 of another service": answer(200, {"status": "ok", "id": 7}, ETag='"1"'),
    "204": answer(204, b""),
    "redirect": answer(302, b"", Location="http://127.0.0.1:1/"),
    "permanent redirect": answer(308, b"", Location="/"),
    "400 of a proxy": answer(400, b"<html>bad request</html>"),
    "403 of a firewall": answer(403, b"<html>blocked</html>"),
    "404 of another service": answer(404, {"detail": "not found"}),
    "409 of another service": answer(409, {"type": "urn:other:problem:email-taken"}),
    "500": problem(500, "internal-error"),
    "502 of a proxy": answer(502, b"<html>bad gateway</html>"),
    "503 of a proxy": answer(503, b"", Retry_After="5"),
    "504 of a proxy": answer(504, b"<html>timeout</html>"),
    "a megabyte": answer(200, {"message": "x" * 1_100_000, "customer_id": "ann"}),
    "the problem of another request": problem(404, "session-not-found", session_id="x" * 22),
    "the answer about another customer": answer(
        200, {"customer_id": "yan", "message": "Done.", "changed": True}, ETag='"1"'
    ),
    "the refusal of another customer": problem(404, "customer-not-found", customer_id="yan"),
}


@pytest.mark.parametrize("data", OTHERS.values(), ids=OTHERS)
def test_an_answer_that_is_none_of_this_request(tried: Tried, data: bytes) -> None:
    """The service has acted. To the client, it is the same if it has not."""
    for name, operation, relay, error in tried(lambda _: data, forwards=True):
        if name == "end_session" and b"session-not-found" in data:
            continue
        assert_unknown(operation, relay, error, name)


@pytest.mark.parametrize("reply", [cut_in_head, cut_in_body])
def test_an_answer_that_is_cut_off(tried: Tried, reply: Reply) -> None:
    for name, operation, relay, error in tried(reply, forwards=True):
        assert relay.acted[0] == 200, name
        assert_unknown(operation, relay, error, name)


@pytest.mark.parametrize("forwards", [True, False], ids=["after it acted", "before it acts"])
def test_silence(tried: Tried, forwards: bool) -> None:
    for name, operation, relay, error in tried(lambda _: None, forwards=forwards, time_limit=LIMIT):
        assert_unknown(operation, relay, error, name)


def test_a_relay_that_breaks_nothing(tried: Tried) -> None:
    """The proof that the tests above would see a success."""
    for name, _, relay, error in tried(lambda response: response, forwards=True):
        assert (relay.acted, error) == ([200], None), name


def test_no_service_at_all(make_client: Callable[..., CustomerClient], people: People) -> None:
    """Nothing was sent, so nothing was changed."""
    with fault_relay("http://127.0.0.1:1", lambda _: b"", forwards=False) as relay:
        closed = relay.url
    for number, (name, operation) in enumerate(OPERATIONS.items()):
        error = outcome(operation, make_client(closed), people.make(f"ann{number}", operation))

        assert isinstance(error, ServiceUnavailableError | CheckerUnavailableError), name
        assert getattr(error, "outcome_known", True), name


def test_a_closed_client_sends_nothing(
    make_client: Callable[..., CustomerClient], people: People, url: str
) -> None:
    person = people.make("ann", OPERATIONS["logout"])
    client = make_client(url)
    client.close()

    error = outcome(OPERATIONS["logout"], client, person)

    assert isinstance(error, ServiceUnavailableError)
    assert error.outcome_known


KEY: Final = "0123456789abcdef0123456789abcdef"


def register(client: CustomerClient) -> object:
    return client.add_customer(email="new@shop.example", password=PASSWORD, idempotency_key=KEY)


def test_a_registration_with_a_key_is_sent_again_and_adds_one_customer(
    make_client: Callable[..., CustomerClient], url: str, shop: Shop
) -> None:
    lost = [True, False]

    def reply(response: bytes) -> bytes:
        return b"" if lost.pop(0) else response

    with fault_relay(url, reply, forwards=True) as relay:
        added: Any = register(make_client(relay.url))

    assert relay.acted == [200, 200]
    assert shop.operator.get_customer(added.customer_id).version == added.version


BUSY: Final = {
    "nothing": b"",
    "503 service-busy": problem(503, "service-busy"),
    "503 store-unavailable": problem(503, "store-unavailable", outcome_known=True),
    "429": problem(429, "too-many-attempts"),
    "400 malformed-message": problem(400, "malformed-message"),
}


@pytest.mark.parametrize("second", BUSY.values(), ids=BUSY)
def test_a_doubt_of_the_first_attempt_stays(
    make_client: Callable[..., CustomerClient], url: str, second: bytes
) -> None:
    """The first attempt added the customer, whatever is told of the second one."""
    replies = [b"", second]

    with (
        fault_relay(url, lambda _: replies.pop(0), forwards=True) as relay,
        pytest.raises(StoreUnavailableError) as caught,
    ):
        register(make_client(relay.url))

    assert relay.requests == 2
    assert not caught.value.outcome_known


@pytest.mark.parametrize("name", [name for name in OPERATIONS if OPERATIONS[name].changes])
def test_a_refusal_before_the_service_acts_is_known(
    make_client: Callable[..., CustomerClient], people: People, url: str, name: str
) -> None:
    """The service's own problem, though not one of a use case: nothing was done."""
    person = people.make("ann", OPERATIONS[name])
    refusal = problem(421, "misdirected-request")

    with fault_relay(url, lambda _: refusal, forwards=False) as relay:
        error = outcome(OPERATIONS[name], make_client(relay.url), person)

    assert isinstance(error, ServiceUnavailableError)
    assert error.outcome_known


def test_a_bearer_that_a_proxy_took_away_is_no_ended_session(
    make_client: Callable[..., CustomerClient], people: People, url: str
) -> None:
    person = people.make("ann", OPERATIONS["get_account"])
    lost = problem(401, "session-refused", reason="missing")

    with fault_relay(url, lambda _: lost, forwards=False) as relay:
        for name in ("logout", "get_account", "delete_account", "get_customer"):
            error = outcome(OPERATIONS[name], make_client(relay.url), person)
            assert isinstance(error, ServiceUnavailableError), name
            assert error.outcome_known


WRONG: Final[list[Callable[[CustomerClient], object]]] = [
    lambda client: client.login(customer_id="a", password="b", source="1.2.3.4\r\nX: y"),
    lambda client: client.login(customer_id="a", password="b", user_agent="x\r\nX: y"),
    lambda client: client.add_customer(
        email="a@b.example", password="b", idempotency_key="x\r\nX: y" * 5
    ),
    lambda client: client.as_bearer("x" * 43 + ".zoe\r\nX: y"),
    lambda client: client.logout("x" * 43 + ".zoe\r\nX: y"),
    lambda client: client.check_session("x" * 43 + ".zoe\nX: y"),
    lambda client: client.as_bearer("x" * 43 + ".zoe").end_session("../.."),
    lambda client: client.as_bearer("x" * 43 + ".zoe").delete_customer("me"),
    lambda client: client.as_bearer("x" * 43 + ".zoe").get_customer("zoe/../me"),
]


@pytest.mark.parametrize("operation", WRONG)
def test_what_could_be_another_request_is_not_sent(
    make_client: Callable[..., CustomerClient], operation: Callable[[CustomerClient], object]
) -> None:
    with (
        fault_relay("http://127.0.0.1:1", lambda _: b"", forwards=False) as relay,
        pytest.raises(CustomerServiceError),
    ):
        operation(make_client(relay.url))

    assert relay.connections == 0
