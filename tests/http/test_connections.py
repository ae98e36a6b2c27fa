"""How many connections there may be, how long each may take, and who makes room."""

import errno
import logging
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Event
from time import monotonic
from typing import Any

import pytest
from support.shop import BASE, the_problem
from support.ways_in import LIVEZ, TIMEOUT, RawConnection

from cybershop_customer.entrypoints.container import memory_container
from cybershop_customer.entrypoints.http.app import create_app
from cybershop_customer.entrypoints.http.server import Server
from cybershop_customer.entrypoints.http.serving import listener as listener_module
from cybershop_customer.entrypoints.http.serving.client_source import source_from_address
from cybershop_customer.entrypoints.http.serving.limits import ServerLimits

HALF = f"PUT {BASE}/login HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n".encode()


class Clock:
    """The time that passes, and what a test adds to it."""

    def __init__(self) -> None:
        self.added = 0.0

    def __call__(self) -> float:
        return monotonic() + self.added


class Held:
    """An application whose answers wait until they are let go."""

    def __init__(self) -> None:
        self.asked = Event()
        self.go = Event()

    def __call__(self, environ: Any, start_response: Any) -> list[bytes]:
        if environ["PATH_INFO"] == "/held":
            self.asked.set()
            self.go.wait(TIMEOUT)
        start_response("200 OK", [("Content-Length", "2")])
        return [b"ok"]


class Serving:
    """A server in a thread, and connections to it."""

    def __init__(self, stack: ExitStack, limits: ServerLimits, app: Any) -> None:
        self.clock = Clock()
        self._stack = stack
        self._server = Server(
            app, host="127.0.0.1", port=0, threads=2, limits=limits, clock=self.clock
        )
        thread = stack.enter_context(ThreadPoolExecutor(1))
        self.finished = thread.submit(self._server.run)
        stack.callback(self._end)

    def connect(self, data: bytes = b"") -> RawConnection:
        connection = self._stack.enter_context(RawConnection(self._server.url))
        if data:
            connection.send(data)
        return connection

    def used(self) -> RawConnection:
        """A kept connection on which something was asked."""
        connection = self.connect()
        assert connection.exchange(LIVEZ).status == 200
        # The reply may be here before the thread that sent it has done with the connection.
        self.wait_until(lambda: not any(each.is_processing for each in self._server._connections))
        return connection

    def wait_until(self, true: Callable[[], bool]) -> None:
        """Let the server's threads work until ``true`` is."""
        deadline = monotonic() + TIMEOUT
        while not true():
            assert monotonic() < deadline
            Event().wait(0.002)

    def settle(self) -> None:
        """Return when the server has read what was sent before."""
        self.used().close()

    def _end(self) -> None:
        self._server.stop()
        self.finished.result(TIMEOUT)
        self._server.close()


Serve = Callable[..., Serving]


@pytest.fixture
def serve() -> Iterator[Serve]:
    with ExitStack() as stack:

        def start(app: Any = None, **limits: Any) -> Serving:
            services = memory_container().services()
            return Serving(stack, ServerLimits(**limits), app or create_app(services))

        yield start


def is_open(connection: RawConnection) -> bool:
    try:
        return connection.exchange(LIVEZ).status == 200
    except OSError:
        return False


def test_the_connection_idle_longest_makes_room_for_a_new_one(serve: Serve) -> None:
    serving = serve(connections=3, connections_per_source=3)
    first, second, third = (serving.used() for _ in range(3))
    assert is_open(first)

    fourth = serving.used()

    assert second.read(1) == b""
    assert all(is_open(connection) for connection in (first, third, fourth))


def test_a_source_makes_room_with_its_own_connection(serve: Serve) -> None:
    serving = serve(connections=100, connections_per_source=2)
    other = socket.create_connection(
        ("127.0.0.1", int(serving._server.url.rpartition(":")[2])),
        timeout=TIMEOUT,
        source_address=("127.0.0.2", 0),
    )
    with other:
        other.sendall(LIVEZ)
        assert other.recv(1)
        first, second, third = (serving.used() for _ in range(3))

        assert first.read(1) == b""
        assert is_open(second)
        assert is_open(third)
        other.sendall(LIVEZ)
        assert b"200 OK" in other.recv(4096)


def test_half_a_request_makes_room_only_when_no_connection_is_idle(serve: Serve) -> None:
    serving = serve(connections=3, connections_per_source=3)
    half = serving.connect(HALF + b"x")
    serving.settle()
    idle = [serving.used() for _ in range(2)]

    serving.used()
    assert idle[0].read(1) == b""
    serving.connect(HALF)
    serving.connect(HALF)
    serving.settle()

    assert half.read(1) == b""


def test_a_request_being_served_never_makes_room_and_the_others_wait(serve: Serve) -> None:
    app = Held()
    serving = serve(app, connections=2, connections_per_source=1)
    held = LIVEZ.replace(b"/livez", b"/held")
    served = [serving.connect(held) for _ in range(2)]
    assert app.asked.wait(TIMEOUT)

    waiting = serving.connect(LIVEZ)
    app.go.set()

    assert [connection.receive().status for connection in (*served, waiting)] == [200] * 3


@pytest.mark.parametrize("part", [LIVEZ[:10], HALF, HALF + b"{"])
def test_what_arrives_too_slowly_is_refused(serve: Serve, part: bytes) -> None:
    serving = serve(request_seconds=20)
    slow = serving.connect(part)
    kept = serving.used()
    serving.clock.added += 10
    slow.send(b"x")
    serving.settle()
    serving.clock.added += 10.1

    answer = slow.receive()

    the_problem(answer, 408, "request-timeout")
    assert "20 seconds" in answer.json["detail"]
    assert answer.headers["connection"] == "close"
    assert answer.headers["cache-control"] == "no-store"
    assert slow.read(1) == b""
    assert is_open(kept)


def test_the_time_of_a_request_begins_with_its_first_byte(serve: Serve) -> None:
    serving = serve(request_seconds=20)
    kept = serving.used()
    serving.clock.added += 100

    kept.send(LIVEZ[:10])
    serving.settle()
    serving.clock.added += 15

    assert kept.exchange(LIVEZ[10:]).status == 200


def test_a_client_that_does_not_read_its_replies_is_hung_up_on(serve: Serve) -> None:
    def app(_: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Length", "8000000")])
        return [b"x" * 8_000_000]

    serving = serve(app, request_seconds=20)
    deaf = serving.connect(LIVEZ)
    assert deaf.read(1000).endswith(b"xxx")
    serving.clock.added += 20.1

    serving.wait_until(lambda: not len(serving._server._connections))


def test_an_idle_connection_is_kept_for_its_time(serve: Serve) -> None:
    serving = serve(keep_alive_seconds=120)
    kept, unused = serving.used(), serving.connect()
    serving.settle()

    serving.clock.added += 119
    assert is_open(kept)
    serving.clock.added += 2
    assert unused.read(1) == b""
    assert is_open(kept)
    serving.clock.added += 121
    assert kept.read(1) == b""


def test_requests_that_are_being_received_hold_little_memory(serve: Serve) -> None:
    serving = serve()
    halves = [serving.connect(HALF + b"x" * 59_000) for _ in range(180)]
    serving.settle()

    answers = [half.receive() for half in halves[:30]]

    assert {answer.status for answer in answers} == {408}
    held = sum(connection.buffered_bytes for connection in serving._server._connections)
    # 8 MiB, and what the turn that is under way has read.
    assert 4_000_000 < held < 9_000_000


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOMEM])
def test_with_too_many_files_open_the_connection_idle_longest_makes_room(
    serve: Serve,
    number: int,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    serving = serve()
    first, second = serving.used(), serving.used()
    full = [True]
    accept = listener_module.Listener._accept_socket

    def fail_once(self: Any) -> Any:
        if full.pop():
            full.append(False)
            raise OSError(number, "made up by the test")
        full.append(False)
        return accept(self)

    monkeypatch.setattr(listener_module.Listener, "_accept_socket", fail_once)
    caplog.set_level(logging.WARNING)

    third = serving.used()

    assert first.read(1) == b""
    assert is_open(second)
    assert is_open(third)
    assert "made up by the test" in caplog.text


def test_with_too_many_files_open_and_nobody_idle_it_waits_without_spinning(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    serving = serve()
    calls = []
    accept = listener_module.Listener._accept_socket

    def fail(self: Any) -> Any:
        calls.append(monotonic())
        if len(calls) < 8:
            raise OSError(errno.EMFILE, "made up by the test")
        return accept(self)

    monkeypatch.setattr(listener_module.Listener, "_accept_socket", fail)
    started = monotonic()

    assert is_open(serving.connect())

    assert monotonic() - started >= 7 * listener_module.ACCEPT_PAUSE_SECONDS
    assert len([line for line in caplog.messages if "could be accepted" in line]) == 1


def test_evictions_are_logged_once_a_minute(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    serving = serve(connections=10, connections_per_source=1)
    caplog.set_level(logging.WARNING)
    for _ in range(5):
        serving.used()
    for _ in range(3):
        serving.clock.added += 61
        serving.settle()

    lines = [line for line in caplog.messages if "to make room" in line]
    assert 1 <= len(lines) <= 4
    assert "CUSTOMER_CONNECTIONS_PER_SOURCE is 1" in lines[0]


def test_a_network_of_ipv6_is_one_source() -> None:
    assert source_from_address(("2001:db8::1", 1, 0, 0)) == source_from_address(
        ("2001:db8::2%eth0", 2, 0, 0)
    )
    assert source_from_address(("2001:db8:0:1::1", 1, 0, 0)) != source_from_address(
        ("2001:db8::1", 1, 0, 0)
    )
    assert source_from_address(("192.0.2.1", 1)) != source_from_address(("192.0.2.2", 1))
