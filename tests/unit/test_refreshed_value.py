"""A value that a thread refreshes, and the credentials and addresses that use it."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from time import monotonic

import pytest
from botocore.credentials import Credentials, RefreshableCredentials
from botocore.exceptions import CredentialRetrievalError, NoCredentialsError

from cybershop_customer.adapters.dynamodb.direct_client import host_addresses
from cybershop_customer.adapters.dynamodb.direct_client.credential_source import (
    CredentialSource,
    FrozenCredentials,
)
from cybershop_customer.adapters.dynamodb.direct_client.host_addresses import HostAddresses
from cybershop_customer.adapters.dynamodb.direct_client.refreshed_value import (
    RefreshedValue,
    RefreshFailedError,
)
from cybershop_customer.adapters.forking import fork_safe_lock
from cybershop_customer.adapters.forking.fork_safe_lock import ForkSafeLock
from cybershop_customer.adapters.http_api.connection import NotConnectedError

HOUR = timedelta(hours=1)


def later() -> float:
    return monotonic() + 30


class Provider:
    """Gives numbered credentials, which expire after ``lasting``, or fails."""

    def __init__(self, lasting: timedelta = HOUR) -> None:
        self.lasting = lasting
        self.calls = 0
        self.error: Exception | None = None
        self.may_go_on = Event()
        self.may_go_on.set()
        self.begun = Event()

    def fetch(self) -> dict[str, str]:
        self.begun.set()
        self.may_go_on.wait(30)
        if self.error is not None:
            raise self.error
        self.calls += 1
        expiry = (datetime.now(UTC) + self.lasting).isoformat()
        number = str(self.calls)
        return {"access_key": number, "secret_key": "s", "token": "t", "expiry_time": expiry}

    def credentials(self, lasting: timedelta) -> RefreshableCredentials:
        """Credentials with the number 0, which expire after ``lasting``."""
        expiry = datetime.now(UTC) + lasting
        return RefreshableCredentials("0", "s", "t", expiry, self.fetch, "test")


@pytest.fixture
def provider() -> Iterator[Provider]:
    provider = Provider()
    yield provider
    provider.may_go_on.set()


def test_the_first_value_is_awaited_and_later_ones_are_not() -> None:
    values = iter([1, 2])
    gate = Event()

    def fetch() -> int:
        value = next(values)
        if value == 2:
            gate.wait(30)
        return value

    with closing(RefreshedValue(fetch, interval=3600, name="test")) as value:
        assert value.peek() is None
        assert value.get(later()) == 1
        value.refresh_soon()
        assert value.get(later()) == 1
        gate.set()
        assert value.fetch_now(later()) == 2


def test_it_is_fetched_again_and_again() -> None:
    third = Event()
    values = iter(range(10**9))

    def fetch() -> int:
        value = next(values)
        if value == 2:
            third.set()
        return value

    with closing(RefreshedValue(fetch, interval=0.001, name="test")) as value:
        value.get(later())

        assert third.wait(30)


def test_a_failure_leaves_the_value() -> None:
    outcomes: Iterator[object] = iter([1, OSError("gone"), RuntimeError("secret")])

    def fetch() -> object:
        outcome = next(outcomes)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    with closing(RefreshedValue(fetch, interval=3600, name="test")) as value:
        assert value.get(later()) == 1
        with pytest.raises(RefreshFailedError, match="OSError: gone"):
            value.fetch_now(later())
        with pytest.raises(RefreshFailedError, match=r"^RuntimeError$"):
            value.fetch_now(later())
        assert value.get(later()) == 1


def test_no_one_waits_past_the_deadline_or_after_the_end() -> None:
    gate = Event()
    value = RefreshedValue(lambda: gate.wait(30), interval=3600, name="test")

    with pytest.raises(RefreshFailedError, match="did not come in time"):
        value.get(monotonic() + 0.01)
    value.close()
    with pytest.raises(RefreshFailedError, match="closed"):
        value.get(later())
    gate.set()


def test_without_a_thread_it_fails_and_the_next_caller_tries_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(_: object) -> None:
        raise RuntimeError("can't start new thread")

    with closing(RefreshedValue(lambda: 1, interval=3600, name="test")) as value:
        with monkeypatch.context() as no_threads:
            no_threads.setattr(Thread, "start", refuse)
            value.refresh_soon()
            with pytest.raises(RefreshFailedError, match="no thread"):
                value.get(later())

        assert value.get(later()) == 1


def locks_that_a_fork_waits_for() -> list[ForkSafeLock]:
    """The locks that other threads hold."""
    held: list[ForkSafeLock] = []
    for lock in fork_safe_lock._living_locks():
        if lock.acquire_for_fork():
            lock.release_after_fork()
        else:
            held.append(lock)
    return held


def test_a_fork_waits_for_a_refresh_of_credentials(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.may_go_on.clear()
    with closing(CredentialSource(provider.credentials(-HOUR))) as source:
        assert source._refreshed is not None
        source._refreshed.refresh_soon()
        assert provider.begun.wait(30)
        with monkeypatch.context() as impatient:
            impatient.setattr(fork_safe_lock, "MAX_WAIT_SECONDS", 0.01)
            assert len(locks_that_a_fork_waits_for()) == 1

        provider.may_go_on.set()
        source.current(later())
        assert locks_that_a_fork_waits_for() == []


def test_credentials_that_do_not_expire_need_no_thread() -> None:
    source = CredentialSource(Credentials("a", "b", "c"))

    assert source.current(0) == FrozenCredentials("a", "b", "c")
    source.close()


def test_no_credentials() -> None:
    with pytest.raises(NoCredentialsError):
        CredentialSource(None).current(later())


def test_a_refresh_ahead_of_the_expiry_blocks_no_request(provider: Provider) -> None:
    with closing(CredentialSource(provider.credentials(HOUR))) as source:
        assert source.current(later()).access_key == "0"
        credentials = source._credentials
        assert isinstance(credentials, RefreshableCredentials)
        assert source._refreshed is not None
        # In ten minutes they expire. The provider hangs.
        provider.may_go_on.clear()
        credentials._expiry_time = datetime.now(UTC) + timedelta(minutes=10)
        source._refreshed.refresh_soon()
        assert provider.begun.wait(30)

        assert source.current(0).access_key == "0"

        provider.may_go_on.set()
        source._refreshed.fetch_now(later())
        assert source.current(0).access_key == "1"


def test_expired_credentials_are_awaited(provider: Provider) -> None:
    with closing(CredentialSource(provider.credentials(-HOUR))) as source:
        assert source.current(later()).access_key == "1"
        assert source.current(0).access_key == "1"


def test_a_failing_refresh_is_named_once_they_expire(provider: Provider) -> None:
    provider.error = OSError("no route")
    with closing(CredentialSource(provider.credentials(timedelta(minutes=5)))) as source:
        with pytest.raises(CredentialRetrievalError, match="OSError: no route"):
            source.current(later())
        provider.error = None
        assert source.current(later()).access_key == "1"


def test_an_address_needs_no_look_up() -> None:
    addresses = HostAddresses("127.0.0.1", 80)

    assert [address[-1] for address in addresses.get(0)] == [("127.0.0.1", 80)]
    assert addresses.peek() is addresses.get(0)
    addresses.refresh_soon()
    addresses.close()


def test_a_name_is_looked_up_beside_the_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([["first"], NotConnectedError("unknown"), ["second"]])

    def look_up(host: str, port: int) -> object:
        assert (host, port) == ("db.test", 443)
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(host_addresses, "look_up", look_up)
    with closing(HostAddresses("db.test", 443)) as addresses:
        assert addresses.peek() is None
        assert addresses.get(later()) == ["first"]
        assert addresses._refreshed is not None
        with pytest.raises(RefreshFailedError):
            addresses._refreshed.fetch_now(later())
        assert addresses.peek() == ["first"]
        addresses._refreshed.fetch_now(later())
        assert addresses.get(0) == ["second"]


def test_a_name_that_is_not_found_is_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    def look_up(*_: object) -> object:
        raise NotConnectedError("unknown")

    monkeypatch.setattr(host_addresses, "look_up", look_up)
    with (
        closing(HostAddresses("db.test", 443)) as addresses,
        pytest.raises(NotConnectedError, match="unknown"),
    ):
        addresses.get(later())
