"""A stop while clients send one request after another on connections that they keep."""

import json
import re
import signal
from collections.abc import Callable
from threading import Event
from time import monotonic
from typing import Final

import pytest
from support.dynamodb.databases import local_database
from support.dynamodb.local_server import dynamodb_local
from support.faults.proxy import fault_proxy
from support.faults.scripts import Fault, StoreRequest
from support.http.api import Request
from support.http.customer_api import BASE, PASSWORD, add, log_in
from support.http.keep_alive_clients import KeepAliveClients
from support.http.transports import LIVEZ, RawConnection, encoded
from support.processes.command import Service

Serve = Callable[..., Service]

STOPS: Final = range(10)
"""Each stop meets the requests at other moments."""
SECONDS_AFTER_THE_LAST_REPLY: Final = 10.0
"""Far below CUSTOMER_STOP_SECONDS, on a busy machine too. benchmarks/stops.py measures it."""
PRODUCTION: Final = {"CUSTOMER_STORAGE": "memory", "CUSTOMER_HOST": "127.0.0.1"}
MANY_THREADS: Final = {"CUSTOMER_THREADS": "32"}
"""The hashing lane then has room for the logins of all clients."""
SLOW: Final = 0.4
"""Seconds that each call of a slow store takes."""


def on_dynamodb(endpoint: str | None = None) -> dict[str, str]:
    return {
        "CUSTOMER_STORAGE": "dynamodb",
        "CUSTOMER_DYNAMODB_ENDPOINT": endpoint or dynamodb_local(),
        "CUSTOMER_TABLE_PREFIX": local_database().customer_table.removesuffix("customer"),
    }


def requests_of(service: Service) -> Callable[[int], bytes]:
    """The request of each client: every third one logs in, the others check a session."""
    with service.api() as api:
        add(api, "zoe")
        context_id = log_in(api, "zoe")
    check = Request("GET", f"{BASE}/session", (("Authorization", f"Bearer {context_id}"),))
    return lambda number: encoded(check) if number % 3 else login_of("zoe")


def login_of(customer_id: str) -> bytes:
    body = json.dumps({"customer_id": customer_id, "password": PASSWORD}).encode()
    headers = (("Content-Type", "application/json"),)
    return encoded(Request("PUT", f"{BASE}/login", headers, body))


def stop_under_load(service: Service, replies: int = 60) -> None:
    """Stop the service while clients use it, and assert that every request is answered."""
    with KeepAliveClients(service.url, requests_of(service)) as clients:
        clients.wait_until_busy(replies)
        service.signal()
        clients.note_stop()

        assert service.wait() == 0, service.log[-2000:]
        ended_at = monotonic()
    tally = clients.tally
    assert tally.answered >= replies
    assert tally.unanswered == []
    assert tally.kept_after_stop == 0
    assert tally.statuses <= {200, 401}
    assert ended_at - tally.last_reply_at < SECONDS_AFTER_THE_LAST_REPLY


@pytest.mark.parametrize("round_", STOPS)
def test_every_request_of_kept_connections_is_answered_in_memory(demo: Serve, round_: int) -> None:
    stop_under_load(demo(**MANY_THREADS))


@pytest.mark.dynamodb_local
@pytest.mark.parametrize("round_", STOPS)
def test_every_request_of_kept_connections_is_answered_on_dynamodb(
    demo: Serve, round_: int
) -> None:
    stop_under_load(demo(**on_dynamodb(), **MANY_THREADS))


def test_passwords_that_are_being_hashed_do_not_abort_the_stop(demo: Serve) -> None:
    stop_under_load(demo(CUSTOMER_BCRYPT_ROUNDS="11", **MANY_THREADS), replies=24)


@pytest.mark.dynamodb_local
def test_calls_of_a_slow_store_are_waited_for(demo: Serve) -> None:
    slow = Event()

    def script(_: StoreRequest) -> Fault:
        if slow.is_set():
            Event().wait(SLOW)
        return Fault.NONE

    with fault_proxy(dynamodb_local(), script) as proxy:
        service = demo(**on_dynamodb(proxy.endpoint))
        with KeepAliveClients(service.url, requests_of(service)) as clients:
            slow.set()
            clients.wait_until_busy(24)
            service.signal()
            clients.note_stop()
            assert service.wait() == 0, service.log[-2000:]
    assert clients.tally.unanswered == []
    assert clients.tally.kept_after_stop == 0


def test_a_thread_that_is_stuck_ends_the_process_with_1_and_does_not_abort(serve: Serve) -> None:
    service = serve(**PRODUCTION, CUSTOMER_BCRYPT_ROUNDS="16", CUSTOMER_STOP_SECONDS="1")
    with RawConnection(service.url) as login, RawConnection(service.url) as other:
        login.send(login_of("nobody"))
        assert other.exchange(LIVEZ).status == 200
        stopped_at = monotonic()
        service.signal()

        assert service.wait() == 1
        assert monotonic() - stopped_at < 4
    [running] = re.findall(r"these threads still run: ([^\"]+)", service.log)
    assert {name.partition("-")[0] for name in running.split(", ")} == {"hashing", "waitress"}


def test_a_stop_that_drops_requests_says_how_many_and_which_setting_gives_them_more_time(
    demo: Serve,
) -> None:
    service = demo(CUSTOMER_STOP_SECONDS="1")
    with RawConnection(service.url) as idle:
        slow = [RawConnection(service.url) for _ in range(2)]
        for connection in slow:
            connection.send(login_of("nobody")[:-1])
        assert idle.exchange(LIVEZ).status == 200
        service.signal()

        assert service.wait() == 1
        for connection in slow:
            connection.close()
    warnings = [line["message"] for line in service.log_lines if line["level"] == "WARNING"]
    assert warnings == [
        "the service stops, and 2 requests got no answer; CUSTOMER_STOP_SECONDS is 1"
    ]


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_client_that_has_gone_does_not_abort_the_stop(serve: Serve, stop: signal.Signals) -> None:
    service = serve(**PRODUCTION, CUSTOMER_BCRYPT_ROUNDS="14")
    with RawConnection(service.url) as gone, RawConnection(service.url) as other:
        gone.send(login_of("nobody"))
        assert other.exchange(LIVEZ).status == 200
    service.signal(stop)

    assert service.wait() == 0
    assert service.log_lines[-1]["level"] == "INFO"


def test_idle_connections_do_not_delay_the_stop(demo: Serve) -> None:
    service = demo()
    connections = [RawConnection(service.url) for _ in range(100)]
    for connection in connections[::2]:
        assert connection.exchange(LIVEZ).status == 200
    stopped_at = monotonic()
    service.signal()

    assert service.wait() == 0
    assert monotonic() - stopped_at < SECONDS_AFTER_THE_LAST_REPLY
    for connection in connections:
        assert connection.read(1) == b""
        connection.close()


def test_a_client_answered_just_before_the_stop_may_ask_once_more(demo: Serve) -> None:
    service = demo()
    with RawConnection(service.url) as kept, RawConnection(service.url) as unused:
        assert "connection" not in kept.exchange(LIVEZ).headers
        service.signal()
        answers = []
        while not answers or "connection" not in answers[-1].headers:
            answers.append(kept.exchange(LIVEZ))
        assert answers[-1].headers["connection"] == "close"
        assert kept.read(1) == b""
        assert unused.read(1) == b""
    assert service.wait() == 0
