"""Twenty thousand hostile requests: the service answers each one, and the store does not change."""

import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack
from datetime import datetime

import pytest
from support.http.api import Answer, Api, Request
from support.http.customer_api import add, log_in
from support.http.hostile_requests import Attacker, Victims
from support.http.own_account import RESET, last_token
from support.http.transports import RawConnection, encoded, in_process, served
from support.stores.change_recorder import record_changes
from support.stores.stored_state import StoredState, read_state

from cybershop_customer import (
    Attempt,
    AuditRecord,
    Charge,
    ContextId,
    LoginThrottle,
    NotificationKind,
    Storage,
)
from cybershop_customer.adapters.memory.notifier import MemoryNotifier
from cybershop_customer.entrypoints.container import Container, make_container
from cybershop_customer.entrypoints.http.app import create_app
from cybershop_customer.entrypoints.settings import Settings

IN_PROCESS = 20_000
OVER_HTTP = 1_000
CUSTOMER_IDS = ("zoe", "admin", "-", "operator", "nobody")


class NoThrottle(LoginThrottle):
    """Lets every login reach the password check."""

    def charge(self, attempt: Attempt) -> Charge:
        return Charge(attempt, attempt.at)

    def refund(self, charge: Charge, now: datetime) -> None:
        pass

    def read(self, keys: Collection[str]) -> Mapping[str, datetime]:
        raise NotImplementedError

    def reset(self, keys: Collection[str], record: AuditRecord) -> None:
        raise NotImplementedError


@pytest.fixture
def new_container() -> Callable[[Settings], Container]:
    """Only the memory store: the requests are refused before they reach a store."""

    def make(settings: Settings) -> Container:
        container = make_container(settings)
        container.login_throttle.override(NoThrottle())
        container.source_throttle.override(NoThrottle())
        return container

    return make


@pytest.fixture
def store(container: Container) -> tuple[Storage, list[str]]:
    storage, changes = record_changes(container.storage())
    container.storage.override(storage)
    return storage, changes


@pytest.fixture
def victims(
    container: Container, store: tuple[Storage, list[str]], mail: MemoryNotifier
) -> Victims:
    """A customer and an admin, who have both logged in. The customer has asked for a link."""
    with in_process(create_app(container.services())) as send:
        api = Api(send)
        container.roles().ensure_admin("admin", "admin's own")
        add(api, "zoe")
        assert api.post(RESET, {"customer_id": "zoe"}).status == 200
        context_id = log_in(api, "zoe")
        victims = Victims(
            customer_id="zoe",
            email="zoe@shop.example",
            context_id=context_id,
            admin_context_id=log_in(api, "admin", "admin's own"),
            reset_token=last_token(mail, "zoe@shop.example", NotificationKind.RESET_PASSWORD),
            session_id=ContextId.parse(context_id).session_id,
        )
    store[1].clear()
    return victims


@pytest.fixture(autouse=True)
def nothing_changes(
    store: tuple[Storage, list[str]], victims: Victims, caplog: pytest.LogCaptureFixture
) -> Iterator[None]:
    """Check after every test that nothing has changed."""
    storage, changes = store
    caplog.set_level(logging.CRITICAL, "cybershop_customer.http")
    before = [
        without_refusals(read_state(storage, customer_id, victims.email))
        for customer_id in CUSTOMER_IDS
    ]
    yield
    assert changes == []
    assert [
        without_refusals(read_state(storage, customer_id, victims.email))
        for customer_id in CUSTOMER_IDS
    ] == before


def without_refusals(found: StoredState) -> tuple[object, ...]:
    successes = [record for record in found.log if record.status_code == 200]
    return found.customer, found.sessions, successes, found.email_owners


def check_refusal(request: Request, answer: Answer) -> None:
    description = f"{request!r:.500} was answered {answer!r:.500}"
    assert 400 <= answer.status < 500, description
    assert answer.headers["content-type"] == "application/problem+json", description
    problem = answer.json
    assert problem["status"] == answer.status, description
    assert problem["type"].startswith("urn:cybershop:customer:problem:"), description
    assert problem["request_id"] == answer.headers["x-request-id"], description
    assert problem["title"], description
    assert problem["detail"], description


def test_in_process(container: Container, victims: Victims) -> None:
    with in_process(create_app(container.services())) as send:
        for request in Attacker(1, victims).requests(IN_PROCESS):
            check_refusal(request, send(request))


def test_over_http_on_connections_that_stay_open(container: Container, victims: Victims) -> None:
    reconnected = 0
    with served(create_app(container.services())) as server, ExitStack() as stack:
        connection = stack.enter_context(RawConnection(server.url))
        for request in Attacker(2, victims).requests(OVER_HTTP):
            answer = connection.exchange(encoded(request), request.method)
            check_refusal(request, answer)
            if answer.headers.get("connection") == "close":
                connection.close()
                connection = stack.enter_context(RawConnection(server.url))
                reconnected += 1
        livez = Request("GET", "/livez")
        assert connection.exchange(encoded(livez)).status == 200
    assert reconnected < OVER_HTTP / 10
