"""Machines with wrong clocks that write or follow the session change feed."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from support.dynamodb.cost_meter import metered
from support.dynamodb.databases import local_client, local_database
from support.dynamodb.local_server import dynamodb_local
from support.dynamodb.stub_endpoint import StubServer, forward, hang_up, stub_endpoint
from support.dynamodb.stub_store import refused, stub_store
from support.http.transports import TIMEOUT
from support.processes.command import environ

from cybershop_customer import OPERATOR, SessionRefusedError, StoreUnavailableError
from cybershop_customer.adapters.caching.session_checker import CachingSessionChecker
from cybershop_customer.adapters.memory.storage import memory_storage
from cybershop_customer.adapters.system.clock import SystemClock
from cybershop_customer.entrypoints import session_checkers
from cybershop_customer.entrypoints.container import Container, make_container
from cybershop_customer.entrypoints.session_checkers import CachePolicy, dynamodb_session_checker
from cybershop_customer.entrypoints.settings import Settings
from cybershop_customer.entrypoints.testkit.clock import ManualClock
from cybershop_customer.ports.clock import Clock

PASSWORD = "correct horse"
FOLLOWING = CachePolicy(max_age=0, followed_max_age=60)


@dataclass
class WrongClock(Clock):
    """A machine's clock that is ``ahead`` seconds ahead."""

    ahead: float = 0

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.ahead)


@dataclass
class StubbedTables:
    """Tables in DynamoDB Local, behind an endpoint whose replies tell the time."""

    url: str
    prefix: str

    @property
    def variables(self) -> dict[str, str]:
        return {
            "CUSTOMER_DYNAMODB_ENDPOINT": self.url,
            "CUSTOMER_DYNAMODB_READ_TIMEOUT_SECONDS": "20",
            "CUSTOMER_DYNAMODB_TIME_LIMIT_SECONDS": "30",
            "CUSTOMER_TABLE_PREFIX": self.prefix,
            "CUSTOMER_SESSION_FEED": "true",
            "CUSTOMER_BCRYPT_ROUNDS": "4",
        }

    def service(self, ahead: float = 0, **variables: str) -> Container:
        """A service on a machine whose clock is ``ahead`` seconds ahead."""
        container = make_container(Settings.from_environ({**self.variables, **variables}))
        container.system_clock.override(WrongClock(ahead))
        return container

    def checker(self, monkeypatch: pytest.MonkeyPatch, ahead: float = 0) -> CachingSessionChecker:
        """A checker that follows the feed, on a machine whose clock is ``ahead`` seconds ahead."""
        monkeypatch.setattr(session_checkers, "SystemClock", lambda: WrongClock(ahead))
        checker = dynamodb_session_checker(
            self.url, table_prefix=self.prefix, policy=FOLLOWING, follow_feed=True, time_limit=30
        )
        # Only the test polls.
        checker._cache.get().follower._interval = None  # type: ignore[union-attr]
        return checker


@pytest.fixture
def tables() -> Iterator[StubbedTables]:
    prefix = local_database().customer_table.removesuffix("customer")
    with stub_endpoint(forward(dynamodb_local())) as server:
        yield StubbedTables(server.url, prefix)


def logged_in(tables: StubbedTables) -> str:
    services = tables.service().services()
    services.customers.add_customer(customer_id="zoe", email="zoe@x.test", password=PASSWORD)
    return services.sessions.login(customer_id="zoe", password=PASSWORD).context_id


@pytest.mark.dynamodb_local
class TestFeed:
    @pytest.mark.parametrize(
        ("writer", "reader"), [(-75, 0), (0, 75), (-75, 75), (-290, 290), (75, -75)]
    )
    def test_its_bound_holds_whatever_the_clocks_of_writer_and_reader_say(
        self, tables: StubbedTables, monkeypatch: pytest.MonkeyPatch, writer: float, reader: float
    ) -> None:
        context_id = logged_in(tables)
        with tables.checker(monkeypatch, reader) as checker:
            checker.poll()
            checker.check_session(context_id)
            checker.check_session(context_id)
            assert checker.cache_info().hits == 1

            # The very first thing that this process does.
            tables.service(writer).sessions().logout(context_id)
            checker.poll()

            with pytest.raises(SessionRefusedError, match="revoked"):
                checker.check_session(context_id)

    def test_it_holds_for_the_command_line_on_such_a_machine(
        self, tables: StubbedTables, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        context_id = logged_in(tables)
        code = (
            "import sys, time, time_machine\n"
            "from cybershop_customer.entrypoints.cli.main import main\n"
            "with time_machine.travel(time.time() - 75):\n"
            "    sys.exit(main(['role', 'grant', 'zoe']))\n"
        )
        with tables.checker(monkeypatch) as checker:
            checker.poll()
            assert checker.check_session(context_id).roles == frozenset()

            ran = subprocess.run(
                [sys.executable, "-c", code],
                env=environ(**tables.variables),
                capture_output=True,
                text=True,
                timeout=TIMEOUT,
                check=False,
            )
            checker.poll()

            assert (ran.returncode, "s behind DynamoDB's" in ran.stderr) == (0, True), ran
            assert checker.check_session(context_id).roles == {"admin"}

    def test_the_first_entry_costs_one_more_read_and_no_other(self, tables: StubbedTables) -> None:
        context_id = logged_in(tables)
        # Only the requests of botocore's client can be counted.
        container = tables.service(-75, CUSTOMER_DYNAMODB_CLIENT="botocore")
        client = container.storage().customers._database.gateway._client
        with metered(client, local_client()) as bill:
            container.sessions().logout(context_id)
            first = bill.round_trips, bill.read_units
            container.roles().grant_role("zoe", "admin", actor=OPERATOR)
            second = bill.round_trips, bill.read_units
            container.roles().revoke_role("zoe", "admin", actor=OPERATOR)

        assert first == (2, 0.5)
        assert second[0] - first[0] == bill.round_trips - second[0] == 2

    def test_without_a_store_the_clock_raises(self) -> None:
        with stub_endpoint(hang_up) as server:
            container = StubbedTables(server.url, "").service(-75)
            with pytest.raises(StoreUnavailableError):
                container.clock().now()


def service_at(server: StubServer, ahead: float = 0, **more: str) -> Container:
    container = make_container(
        Settings.from_environ({"CUSTOMER_DYNAMODB_ENDPOINT": server.url, **more})
    )
    container.system_clock.override(WrongClock(ahead))
    return container


def error_of(clock: Clock) -> float:
    return (clock.now() - datetime.now(UTC)).total_seconds()


class TestClock:
    def test_without_the_feed_nothing_is_asked_and_every_reply_tells_the_time(self) -> None:
        with stub_store() as server:
            container = service_at(server, -75)
            clock = container.clock()
            assert error_of(clock) == pytest.approx(-75, abs=1)
            assert server.requests == []

            container.store_probe().probe()

            assert abs(error_of(clock)) <= 1.6
            assert len(server.requests) == 2

    def test_a_refusal_corrects_the_clock_too(self) -> None:
        answers = {"GetItem": refused("AccessDeniedException")}
        with stub_store(answers) as server:
            clock = service_at(server, -75, CUSTOMER_SESSION_FEED="true").clock()

            assert abs(error_of(clock)) <= 1.6
            assert abs(error_of(clock)) <= 1.6
            assert len(server.requests) == 1

    def test_an_endpoint_without_the_time_is_asked_once(self) -> None:
        with stub_endpoint(without_date) as server:
            clock = service_at(server, -75, CUSTOMER_SESSION_FEED="true").clock()

            assert error_of(clock) == pytest.approx(-75, abs=1)
            assert error_of(clock) == pytest.approx(-75, abs=1)
            assert len(server.requests) == 1

    @pytest.mark.parametrize("feed", ["true", "false"])
    def test_a_clock_that_was_set_asks_once(self, feed: str) -> None:
        with stub_store() as server:
            container = service_at(server, 0, CUSTOMER_SESSION_FEED=feed)
            container.store_probe().probe()
            estimate = container.storage().customers._database.gateway.clock_estimate
            wall, estimate._wall = estimate._wall, lambda: wall() - 75
            container.system_clock().ahead = -75

            assert abs(error_of(container.clock())) <= 1.6
            assert abs(error_of(container.clock())) <= 1.6
            assert len(server.requests) == 3

    def test_a_clock_of_the_users_own_is_not_corrected(self) -> None:
        with stub_store() as server:
            container = service_at(server)
            container.clock.override(ManualClock())
            container.store_probe().probe()

            assert container.clock().now().year == 2031

    def test_in_memory_the_clock_is_the_machines(self) -> None:
        assert isinstance(make_container(Settings.demo_from_environ({})).clock(), SystemClock)

    def test_a_storage_of_the_users_own_need_not_know_the_time(self) -> None:
        container = make_container(Settings.from_environ({}))
        container.storage.override(memory_storage())

        assert isinstance(container.clock(), SystemClock)


def without_date(exchange: Any) -> None:
    body = b'{"ConsumedCapacity": {"CapacityUnits": 1}}'
    exchange.send_response_only(200)
    exchange.send_header("Content-Length", str(len(body)))
    exchange.end_headers()
    exchange.wfile.write(body)
