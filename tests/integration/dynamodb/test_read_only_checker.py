"""The direct check: a checker that reads the service's table itself."""

from collections.abc import Iterator

import pytest
from support.dynamodb.cost_meter import metered
from support.dynamodb.databases import local_client, local_database
from support.dynamodb.local_server import dynamodb_local

from cybershop_customer import OPERATOR, ForbiddenError, SessionRefusedError
from cybershop_customer.adapters.caching.session_checker import CachingSessionChecker
from cybershop_customer.adapters.dynamodb import storage as storage_module
from cybershop_customer.adapters.dynamodb.client import make_client
from cybershop_customer.adapters.dynamodb.database import Database
from cybershop_customer.adapters.dynamodb.storage import storage_on
from cybershop_customer.entrypoints.container import memory_container
from cybershop_customer.entrypoints.services import Services
from cybershop_customer.entrypoints.session_checkers import CachePolicy, dynamodb_session_checker

pytestmark = pytest.mark.dynamodb_local

PASSWORD = "correct horse"


@pytest.fixture
def database() -> Database:
    return local_database(session_feed=True)


@pytest.fixture
def services(database: Database) -> Services:
    container = memory_container()
    container.storage.override(storage_on(database))
    services = container.services()
    services.customers.add_customer(customer_id="zoe", email="zoe@x.test", password=PASSWORD)
    return services


def checker_of(database: Database, **arguments: object) -> CachingSessionChecker:
    prefix = database.customer_table.removesuffix("customer")
    return dynamodb_session_checker(dynamodb_local(), table_prefix=prefix, **arguments)  # type: ignore[arg-type]


def test_without_a_cache_each_check_sees_every_change_at_once(
    database: Database, services: Services
) -> None:
    context_id = services.sessions.login(customer_id="zoe", password=PASSWORD).context_id
    no_cache = CachePolicy(max_age=0, refusal_max_age=0)
    with checker_of(database, policy=no_cache) as checker:
        assert checker.check_session(context_id, customer_id="zoe").roles == frozenset()
        with pytest.raises(ForbiddenError):
            checker.check_session(context_id, role="admin")
        services.roles.grant_role("zoe", "admin", actor=OPERATOR)
        assert checker.check_session(context_id, role="admin").customer_id == "zoe"
        services.sessions.logout(context_id)
        with pytest.raises(SessionRefusedError, match="revoked"):
            checker.check_session(context_id)


def test_it_follows_the_feed_of_the_store(database: Database, services: Services) -> None:
    context_id = services.sessions.login(customer_id="zoe", password=PASSWORD).context_id
    policy = CachePolicy(max_age=0, refusal_max_age=0, followed_max_age=1800, max_lag=1800)
    with checker_of(database, policy=policy, follow_feed=True) as checker:
        checker.poll()
        for _ in range(3):
            assert checker.check_session(context_id).customer_id == "zoe"
        assert checker.cache_info().misses == 1
        services.sessions.logout(context_id)

        checker.poll()

        with pytest.raises(SessionRefusedError, match="revoked"):
            checker.check_session(context_id)


@pytest.fixture
def own_client(monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """The client that the checker makes: botocore's, whose requests can be counted."""
    made = []

    def make(*arguments: object, **named: object) -> object:
        made.append(make_client(*arguments, **{**named, "direct": False}))  # type: ignore[arg-type]
        return made[-1]

    monkeypatch.setattr(storage_module, "make_client", make)
    yield made
    for client in made:
        client.close()


def test_a_check_is_one_read_and_writes_nothing(
    database: Database, services: Services, own_client: list[object]
) -> None:
    context_id = services.sessions.login(customer_id="zoe", password=PASSWORD).context_id
    no_cache = CachePolicy(max_age=0, refusal_max_age=0)
    with checker_of(database, policy=no_cache) as checker:
        with metered(own_client[0], local_client()) as bill:  # type: ignore[arg-type]
            checker.check_session(context_id)

        assert bill.totals == (1, 1, 0)
