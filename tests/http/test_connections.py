"""The server's limits: the number of connections, timeouts, memory and open files."""

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
from support.http.customer_api import BASE, the_problem
from support.http.transports import LIVEZ, TIMEOUT, RawConnection

from cybershop_customer.domain.network_address import source_from_socket
from cybershop_customer.entrypoints.container import memory_container
from cybershop_customer.entrypoints.http.app import create_app
from cybershop_customer.entrypoints.http.server import Server
from cybershop_customer.entrypoints.http.serving import listener as listener_module
from cybershop_customer.entrypoints.http.serving.connection import Connection
from cybershop_customer.entrypoints.http.serving.event_loop import EventLoop
from cybershop_customer.entrypoints.http.serving.limits import MAX_UNREAD_BYTES, ServerLimits

PARTIAL = f"PUT {BASE}/login HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n".encode()


class Clock:
    """The system's monotonic clock, which a test can set forward."""

    def __init__(self) -> None:
        self.added = 0.0

    def __call__(self) -> float:
        return monotonic() + self.added


class HeldApp:
    """An application that answers ``/held`` only after ``go`` is set."""

    def __init__(self) -> None:
        self.asked = Event()
        self.go = Event()

    def __call__(self, environ: Any, start_response: Any) -> list[bytes]:
        if environ["PATH_INFO"] == "/held":
            self.asked.set()
            self.go.wait(TIMEOUT)
        start_response("200 OK", [("Content-Length", "2")])
        return [b"ok"]


class RunningServer:
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

    def used_connection(self) -> RawConnection:
        """An open connection on which a request was answered."""
        connection = self.connect()
        assert connection.exchange(LIVEZ).status == 200
        # The reply may arrive before the worker thread has finished with the connection.
        self.wait_until(lambda: not any(each.is_processing for each in self._server._connections))
        return connection

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait until ``condition`` holds."""
        deadline = monotonic() + TIMEOUT
        while not condition():
            assert monotonic() < deadline
            Event().wait(0.002)

    def stop(self) -> None:
        """Make the server finish its requests and stop."""
        self._server.stop()

    def settle(self) -> None:
        """Wait until the server has read all bytes that were sent."""
        self.used_connection().close()

    def _end(self) -> None:
        self._server.stop()
        self.finished.result(TIMEOUT)
        self._server.close()


Serve = Callable[..., RunningServer]


@pytest.fixture
def serve() -> Iterator[Serve]:
    with ExitStack() as stack:

        def start(app: Any = None, **limits: Any) -> RunningServer:
            services = memory_container().services()
            return RunningServer(stack, ServerLimits(**limits), app or create_app(services))

        yield start


def stream_for_ever(_environ: Any, start_response: Any) -> Iterator[bytes]:
    """An application whose reply never ends."""
    start_response("200 OK", [])
    while True:
        yield 65536 * b"x"


def is_open(connection: RawConnection) -> bool:
    try:
        return connection.exchange(LIVEZ).status == 200
    except OSError:
        return False


def test_the_longest_idle_connection_is_evicted_for_a_new_one(serve: Serve) -> None:
    server = serve(connections=3, connections_per_source=3)
    first, second, third = (server.used_connection() for _ in range(3))
    assert is_open(first)

    fourth = server.used_connection()

    assert second.read(1) == b""
    assert all(is_open(connection) for connection in (first, third, fourth))


def test_a_source_at_its_limit_loses_its_own_connection(serve: Serve) -> None:
    server = serve(connections=100, connections_per_source=2)
    other = socket.create_connection(
        ("127.0.0.1", int(server._server.url.rpartition(":")[2])),
        timeout=TIMEOUT,
        source_address=("127.0.0.2", 0),
    )
    with other:
        other.sendall(LIVEZ)
        assert other.recv(1)
        first, second, third = (server.used_connection() for _ in range(3))

        assert first.read(1) == b""
        assert is_open(second)
        assert is_open(third)
        other.sendall(LIVEZ)
        assert b"200 OK" in other.recv(4096)


def test_a_partial_request_is_evicted_only_when_no_connection_is_idle(serve: Serve) -> None:
    server = serve(connections=3, connections_per_source=3)
    partial = server.connect(PARTIAL + b"x")
    server.settle()
    idle = [server.used_connection() for _ in range(2)]

    server.used_connection()
    assert idle[0].read(1) == b""
    server.connect(PARTIAL)
    server.connect(PARTIAL)
    server.settle()

    assert partial.read(1) == b""


def test_a_connection_being_processed_is_never_evicted_and_new_ones_wait(serve: Serve) -> None:
    app = HeldApp()
    server = serve(app, connections=2, connections_per_source=1)
    held = LIVEZ.replace(b"/livez", b"/held")
    served = [server.connect(held) for _ in range(2)]
    assert app.asked.wait(TIMEOUT)

    waiting = server.connect(LIVEZ)
    app.go.set()

    assert [connection.receive().status for connection in (*served, waiting)] == [200] * 3


@pytest.mark.parametrize("part", [LIVEZ[:10], PARTIAL, PARTIAL + b"{"])
def test_a_request_that_arrives_too_slowly_is_refused(serve: Serve, part: bytes) -> None:
    server = serve(request_seconds=20)
    slow = server.connect(part)
    kept = server.used_connection()
    server.clock.added += 10
    slow.send(b"x")
    server.settle()
    server.clock.added += 10.1

    answer = slow.receive()

    the_problem(answer, 408, "request-timeout")
    assert "20 seconds" in answer.json["detail"]
    assert answer.headers["connection"] == "close"
    assert answer.headers["cache-control"] == "no-store"
    assert slow.read(1) == b""
    assert is_open(kept)


def test_the_time_of_a_request_begins_with_its_first_byte(serve: Serve) -> None:
    server = serve(request_seconds=20)
    kept = server.used_connection()
    server.clock.added += 100

    kept.send(LIVEZ[:10])
    server.settle()
    server.clock.added += 15

    assert kept.exchange(LIVEZ[10:]).status == 200


def test_a_client_that_does_not_read_its_reply_is_disconnected(serve: Serve) -> None:
    def app(_: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Length", "8000000")])
        return [b"x" * 8_000_000]

    server = serve(app, request_seconds=20)
    not_reading = server.connect(LIVEZ)
    assert not_reading.read(1000).endswith(b"xxx")
    server.clock.added += 20.1

    server.wait_until(lambda: not len(server._server._connections))


def test_an_idle_connection_is_closed_after_its_time(serve: Serve) -> None:
    server = serve(keep_alive_seconds=120)
    kept, unused = server.used_connection(), server.connect()
    server.settle()

    server.clock.added += 119
    assert is_open(kept)
    server.clock.added += 2
    assert unused.read(1) == b""
    assert is_open(kept)
    server.clock.added += 121
    assert kept.read(1) == b""


def test_incomplete_requests_hold_little_memory(serve: Serve) -> None:
    server = serve()
    partials = [server.connect(PARTIAL + b"x" * 59_000) for _ in range(180)]
    server.settle()

    answers = [partial.receive() for partial in partials[:30]]

    assert {answer.status for answer in answers} == {408}
    held = sum(connection.buffered_bytes for connection in server._server._connections)
    # 8 MiB, and what the event loop's current iteration has read.
    assert 4_000_000 < held < 9_000_000


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOMEM])
def test_with_too_many_open_files_the_longest_idle_connection_is_evicted(
    serve: Serve,
    number: int,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    server = serve()
    first, second = server.used_connection(), server.used_connection()
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

    third = server.used_connection()

    assert first.read(1) == b""
    assert is_open(second)
    assert is_open(third)
    assert "made up by the test" in caplog.text


def test_with_too_many_open_files_and_no_idle_connection_the_listener_pauses(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    server = serve()
    calls = []
    accept = listener_module.Listener._accept_socket

    def fail(self: Any) -> Any:
        calls.append(monotonic())
        if len(calls) < 8:
            raise OSError(errno.EMFILE, "made up by the test")
        return accept(self)

    monkeypatch.setattr(listener_module.Listener, "_accept_socket", fail)
    started = monotonic()

    assert is_open(server.connect())

    assert monotonic() - started >= 7 * listener_module.ACCEPT_PAUSE_SECONDS
    assert len([line for line in caplog.messages if "could be accepted" in line]) == 1


def test_evictions_are_logged_once_a_minute(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    server = serve(connections=10, connections_per_source=1)
    caplog.set_level(logging.WARNING)
    for _ in range(5):
        server.used_connection()
    for _ in range(3):
        server.clock.added += 61
        server.settle()

    lines = [line for line in caplog.messages if "to make room" in line]
    assert 1 <= len(lines) <= 4
    assert "CUSTOMER_CONNECTIONS_PER_SOURCE is 1" in lines[0]


def test_a_network_of_ipv6_is_one_source() -> None:
    assert source_from_socket(("2001:db8::1", 1, 0, 0)) == source_from_socket(
        ("2001:db8::2%eth0", 2, 0, 0)
    )
    assert source_from_socket(("2001:db8:0:1::1", 1, 0, 0)) != source_from_socket(
        ("2001:db8::1", 1, 0, 0)
    )
    assert source_from_socket(("192.0.2.1", 1)) != source_from_socket(("192.0.2.2", 1))


def test_a_client_that_does_not_read_a_streamed_reply_frees_its_thread(serve: Serve) -> None:
    """Both threads are held, and a third request is served once the time limit has passed."""
    server = serve(stream_for_ever, request_seconds=20)
    for _ in range(2):
        server.connect(LIVEZ)
    connections = server._server._connections
    server.wait_until(lambda: sum(each.blocks_a_thread for each in connections) == 2)
    waiting = sum(each.total_outbufs_len for each in connections)

    server.clock.added += 19
    server.connect(b"GET")
    server.wait_until(lambda: len(connections) == 3)
    assert sum(each.blocks_a_thread for each in connections) == 2
    server.clock.added += 2
    server.wait_until(lambda: not any(each.blocks_a_thread for each in connections))

    assert waiting < 2 * (MAX_UNREAD_BYTES + 2 * 65536)


def test_a_reply_that_ends_during_the_update_of_its_connection_is_finished(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = HeldApp()
    server = serve(app, stop_seconds=2.0)
    connection = server.connect(b"GET /held HTTP/1.1\r\nHost: a\r\n\r\n")
    assert app.asked.wait(TIMEOUT)
    watch = EventLoop.watch

    def watch_until_the_reply_ends(loop: EventLoop, handler: Any) -> None:
        watch(loop, handler)
        if isinstance(handler, Connection) and handler.is_processing:
            app.go.set()
            server.wait_until(lambda: not handler.is_processing)

    monkeypatch.setattr(EventLoop, "watch", watch_until_the_reply_ends)

    server.stop()

    assert connection.receive().status == 200
    assert connection.read(1) == b""
    assert server.finished.result(TIMEOUT), "the reply was sent, but its connection stayed open"
