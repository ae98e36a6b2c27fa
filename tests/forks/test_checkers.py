"""Eight threads use each checker while the process forks: no child hangs or gets a wrong answer."""

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from itertools import cycle
from pathlib import Path

import pytest
from support.dynamodb.databases import local_database
from support.dynamodb.local_server import dynamodb_local
from support.processes.forks import Child, busy_threads, in_child, in_children
from support.protected.service import FEED_TOKEN, log_in

from cybershop_customer import OPERATOR, CheckerUnavailableError, SessionChecker
from cybershop_customer.adapters.caching.policy import CachePolicy
from cybershop_customer.adapters.dynamodb import storage as storage_module
from cybershop_customer.adapters.dynamodb.call_limits import CallLimits
from cybershop_customer.adapters.dynamodb.client import make_client
from cybershop_customer.adapters.dynamodb.storage import storage_on
from cybershop_customer.entrypoints.container import make_container, memory_container
from cybershop_customer.entrypoints.session_checkers import (
    dynamodb_session_checker,
    http_session_checker,
)
from cybershop_customer.entrypoints.settings import Settings

NO_CACHE = CachePolicy(max_age=0, refusal_max_age=0)
FOLLOWING = CachePolicy(max_age=0, refusal_max_age=0, max_lag=30)
SESSIONS = 4
PASSWORD = "a secret one"

Case = tuple[SessionChecker, list[str]]
"""A checker, and live sessions of different customers."""


def owners(checker: SessionChecker, context_ids: list[str]) -> Callable[[], list[str]]:
    """A function that checks each session in turn, and returns the customers of the answers."""
    return lambda: [checker.check_session(context_id).customer_id for context_id in context_ids]


@pytest.fixture
def memory() -> Case:
    """A checker in this process, on the store in memory."""
    services = (container := memory_container()).services()
    ids = [f"customer{number}" for number in range(SESSIONS)]
    for customer_id in ids:
        email = f"{customer_id}@shop.example"
        services.customers.add_customer(customer_id=customer_id, email=email, password=PASSWORD)
    opened = [
        services.sessions.login(customer_id=customer_id, password=PASSWORD) for customer_id in ids
    ]
    return container.session_checker(), [login.context_id for login in opened]


@pytest.fixture(params=["direct", "botocore"])
def dynamodb_client(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Which client the checkers of the test make."""
    name: str = request.param
    chosen = partial(make_client, direct=name == "direct")

    def make(endpoint: str | None, *, limits: CallLimits, connections: int, direct: bool) -> object:
        return chosen(endpoint, limits=limits, connections=connections)

    monkeypatch.setattr(storage_module, "make_client", make)
    return name


@pytest.fixture
def dynamodb(dynamodb_client: str) -> tuple[str, str, list[str]]:
    """The endpoint, the prefix, and sessions on DynamoDB Local. The last one is an admin's."""
    endpoint = dynamodb_local()
    database = local_database(session_feed=True)
    prefix = database.customer_table.removesuffix("customer")
    container = make_container(Settings.demo_from_environ({}))
    container.storage.override(storage_on(database))
    services = container.services()
    ids = [f"customer{number}" for number in range(SESSIONS)]
    for customer_id in ids:
        email = f"{customer_id}@shop.example"
        services.customers.add_customer(customer_id=customer_id, email=email, password=PASSWORD)
    services.roles.grant_role(ids[-1], "admin", actor=OPERATOR)
    opened = [
        services.sessions.login(customer_id=customer_id, password=PASSWORD) for customer_id in ids
    ]
    return endpoint, prefix, [login.context_id for login in opened]


def names(context_ids: list[str]) -> list[str]:
    return [context_id.partition(".")[2] for context_id in context_ids]


def check_in_children(checker: SessionChecker, context_ids: list[str], count: int = 100) -> None:
    turns = cycle(context_ids)
    answers = owners(checker, context_ids)

    with busy_threads(lambda: checker.check_session(next(turns))):
        results = in_children(answers, count)

    expected = names(context_ids)
    assert [result for result in results if result != expected] == []


def test_direct_in_memory(memory: Case) -> None:
    check_in_children(*memory)


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Case]:
    """A container on a file, and sessions in it."""
    environ = {
        "CUSTOMER_STORAGE": "sqlite",
        "CUSTOMER_SQLITE_PATH": str(tmp_path / "customer.db"),
        "CUSTOMER_BCRYPT_ROUNDS": "4",
    }
    container = make_container(Settings.from_environ(environ))
    services = container.services()
    ids = [f"customer{number}" for number in range(SESSIONS)]
    for customer_id in ids:
        email = f"{customer_id}@shop.example"
        services.customers.add_customer(customer_id=customer_id, email=email, password=PASSWORD)
    opened = [
        services.sessions.login(customer_id=customer_id, password=PASSWORD) for customer_id in ids
    ]
    yield container.session_checker(), [login.context_id for login in opened]
    container.storage().close()


def test_direct_on_sqlite(sqlite: Case) -> None:
    check_in_children(*sqlite)


def test_replies_of_sqlite_do_not_cross(sqlite: Case) -> None:
    check_crossing(*sqlite)


@pytest.mark.dynamodb_local
def test_direct_on_dynamodb(dynamodb: tuple[str, str, list[str]], dynamodb_client: str) -> None:
    endpoint, prefix, sessions = dynamodb
    with dynamodb_session_checker(endpoint, table_prefix=prefix, policy=NO_CACHE) as checker:
        # Each child loads botocore's description of DynamoDB, which takes a second of CPU time.
        check_in_children(checker, sessions, 40 if dynamodb_client == "direct" else 10)


def test_over_http(service_url: str) -> None:
    sessions = [log_in(service_url) for _ in range(SESSIONS)]
    with http_session_checker(service_url, policy=NO_CACHE) as checker:
        check_in_children(checker, sessions)


def test_over_http_with_a_cache(service_url: str) -> None:
    with http_session_checker(service_url, policy=CachePolicy(max_age=0.01)) as checker:
        check_in_children(checker, [log_in(service_url)])


def test_following_the_feed(service_url: str) -> None:
    with http_session_checker(service_url, policy=FOLLOWING, feed_token=FEED_TOKEN) as checker:
        check_in_children(checker, [log_in(service_url) for _ in range(SESSIONS)])


def check_crossing(checker: SessionChecker, context_ids: list[str]) -> None:
    """The parent has one open connection. It and its children check sessions at the same time."""
    answers = owners(checker, context_ids)
    expected = names(context_ids)
    assert answers() == expected

    children = [
        Child(lambda: [found for _ in range(10) if (found := answers()) != expected])
        for _ in range(4)
    ]
    for _ in range(10):
        assert answers() == expected

    assert [child.result() for child in children] == [[]] * 4


@pytest.mark.dynamodb_local
def test_replies_of_dynamodb_do_not_cross(dynamodb: tuple[str, str, list[str]]) -> None:
    """A customer once got the answer about an admin, whom another process had checked."""
    endpoint, prefix, sessions = dynamodb
    with dynamodb_session_checker(endpoint, table_prefix=prefix, policy=NO_CACHE) as checker:
        check_crossing(checker, sessions)


def test_replies_over_http_do_not_cross(service_url: str) -> None:
    sessions = [log_in(service_url) for _ in range(SESSIONS)]
    with http_session_checker(service_url, policy=NO_CACHE) as checker:
        check_crossing(checker, sessions)


@pytest.mark.dynamodb_local
def test_a_container_that_was_used_before_the_fork(dynamodb: tuple[str, str, list[str]]) -> None:
    endpoint, prefix, sessions = dynamodb
    environ = {"CUSTOMER_DYNAMODB_ENDPOINT": endpoint, "CUSTOMER_TABLE_PREFIX": prefix}
    container = make_container(Settings.from_environ({**environ, "CUSTOMER_SESSION_FEED": "true"}))
    check_crossing(container.session_checker(), sessions)
    container.storage().close()


@pytest.mark.parametrize("own", [True, False])
def test_closing_a_child_leaves_the_parents_connections_open(service_url: str, own: bool) -> None:
    context_id = log_in(service_url)
    with http_session_checker(service_url, policy=NO_CACHE) as checker:
        assert owners(checker, [context_id])() == ["admin"]

        def child() -> str:
            if own:
                checker.check_session(context_id)
            checker.close()
            return "closed"

        assert in_child(child) == "closed"
        assert owners(checker, [context_id])() == ["admin"]


def test_a_child_of_a_closed_checker_sends_nothing_and_follows_nothing(service_url: str) -> None:
    context_id = log_in(service_url)
    with http_session_checker(service_url, policy=FOLLOWING, feed_token=FEED_TOKEN) as checker:
        checker.check_session(context_id)

    def child() -> list[str]:
        with suppress(CheckerUnavailableError):
            checker.check_session(context_id)
        return [thread.name for thread in threading.enumerate() if thread.name == "feed"]

    assert in_child(child) == []
