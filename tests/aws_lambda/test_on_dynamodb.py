"""The whole authorizer, as it is composed for Lambda, on the tables of a service."""

import json
import socket
from collections.abc import Iterator

import pytest
from dependency_injector import providers
from support.aws_lambda.authorizer_harness import passes
from support.aws_lambda.gateway_events import EVERY_API, MakeEvent, http_api_2_0, rest_api_token
from support.dynamodb.cloudformation import Stack
from support.dynamodb.emulated_database import EMULATORS, EmulatedDatabase, emulated_database
from support.dynamodb.iam import enforced
from support.dynamodb.stub_endpoint import Exchange, succeed
from support.dynamodb.stub_store import stub_store
from support.http.session_replies import CONTEXT_ID
from support.services.operator import Operator

from cybershop_customer import CheckerUnavailableError
from cybershop_customer.adapters.dynamodb import storage as storage_module
from cybershop_customer.adapters.dynamodb.call_limits import CallLimits
from cybershop_customer.adapters.dynamodb.database import Database
from cybershop_customer.adapters.dynamodb.gateway import DynamoDBGateway
from cybershop_customer.adapters.dynamodb.storage import storage_on
from cybershop_customer.adapters.system.elapsed_time import ElapsedTime
from cybershop_customer.entrypoints.aws_lambda.composition import make_authorizer
from cybershop_customer.entrypoints.aws_lambda.settings import AuthorizerSettings
from cybershop_customer.entrypoints.container import make_container
from cybershop_customer.entrypoints.services import Services
from cybershop_customer.entrypoints.settings import Settings


@pytest.fixture
def operator(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Operator:
    return Operator(monkeypatch, capsys)


@pytest.fixture(params=EMULATORS)
def database(request: pytest.FixtureRequest, operator: Operator) -> Iterator[EmulatedDatabase]:
    with emulated_database(request.param, operator) as database:
        assert operator.runs("tables", "create", "--yes").status == 0
        yield database


@pytest.fixture
def services(database: EmulatedDatabase) -> Services:
    gateway = DynamoDBGateway(database.client, CallLimits(attempts=1))
    storage = storage_on(Database(gateway, database.prefix, session_feed=True))
    container = make_container(Settings.demo_from_environ({}))
    container.storage.override(providers.Object(storage))
    services = container.services()
    services.customers.add_customer(
        customer_id="zoe", email="zoe@shop.example", password="correct horse"
    )
    return services


@pytest.mark.parametrize("follow_feed", [False, True])
def test_a_session_passes_until_its_logout_with_the_checkers_policy(
    database: EmulatedDatabase,
    services: Services,
    monkeypatch: pytest.MonkeyPatch,
    follow_feed: bool,
) -> None:
    settings = AuthorizerSettings(
        table_prefix=database.prefix,
        authorizer_max_age_seconds=0,
        authorizer_follow_feed=follow_feed,
    )
    monkeypatch.setattr(storage_module, "make_client", lambda *_, **__: database.client)
    seconds = [1000.0]
    elapsed = ElapsedTime(monotonic=lambda: seconds[0], wall=lambda: seconds[0])
    authorizer = make_authorizer(settings, elapsed=elapsed)
    context_id = services.sessions.login(customer_id="zoe", password="correct horse").context_id
    policy = Stack.of(TablePrefix=database.prefix).policy("SessionCheckerPolicy")

    def is_let_in(api: MakeEvent) -> bool:
        with enforced(database.client, policy):
            return passes(authorizer(api(f"Bearer {context_id}")))

    assert all(is_let_in(api) for api in EVERY_API)
    services.sessions.logout(context_id)
    seconds[0] += 1.5
    assert not is_let_in(http_api_2_0)
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        is_let_in(rest_api_token)


def reset(exchange: Exchange) -> None:
    """End the connection as a peer does that has forgotten it."""
    linger = (1).to_bytes(4, "little") + bytes(4)
    exchange.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    exchange.connection.close()
    exchange.close_connection = True


def test_a_connection_that_died_while_frozen_costs_no_request() -> None:
    acts = iter([succeed(), reset, succeed()])

    def act(exchange: Exchange) -> None:
        next(acts)(exchange)

    with stub_store({"GetItem": act}) as store:
        settings = AuthorizerSettings(dynamodb_endpoint=store.url, authorizer_max_age_seconds=0)
        authorizer = make_authorizer(settings)

        answers = [authorizer(http_api_2_0(f"Bearer {CONTEXT_ID}")) for _ in range(2)]

        assert answers == [{"isAuthorized": False, "context": {"refusal": "unknown"}}] * 2
        assert len(store.requests) == 3


def test_an_outage_lets_no_one_in_and_logs_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    with stub_store({"GetItem": None}) as store:
        authorizer = make_authorizer(AuthorizerSettings(dynamodb_endpoint=store.url))

        with pytest.raises(CheckerUnavailableError):
            authorizer(http_api_2_0(f"Bearer {CONTEXT_ID}"))

        sent = [json.loads(body)["TableName"] for body in store.requests]
        assert set(sent) == {"customer"}
    assert CONTEXT_ID.partition(".")[0] not in caplog.text
