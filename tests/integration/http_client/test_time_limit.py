"""A check ends within its time limit, whatever the server does.

The responses of these servers never end. Without the time limit, each of these tests would wait
for ever. The tests allow some seconds more than the limit, since the machine may be slow.
"""

import socket
from collections.abc import Callable, Iterator
from itertools import cycle
from ssl import PROTOCOL_TLS_CLIENT, SSLContext, SSLError, SSLSocket
from time import monotonic
from typing import Any, ClassVar, Final

import pytest
from support.doubles.manual_time import ManualTime
from support.http.endless_responses import ENDLESS
from support.http.raw_server import Act, RawServer, answer, pour, say, stay_silent
from support.http.session_replies import CONTEXT_ID, SESSION

from cybershop_customer import CheckerUnavailableError
from cybershop_customer.adapters.http_api import connection
from cybershop_customer.adapters.http_api.connection import Connection, NotConnectedError
from cybershop_customer.adapters.http_api.http1_response import ResponseReader
from cybershop_customer.adapters.http_client import transport
from cybershop_customer.adapters.http_client.session_checker import HttpSessionChecker
from cybershop_customer.adapters.http_client.transport import Transport

ADDRESS: Final = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 1))
LIMIT = 0.3
LONG = 5.0

At = Callable[..., tuple[HttpSessionChecker, RawServer]]


def seconds_of_a_failing_check(checker: HttpSessionChecker) -> float:
    began = monotonic()
    with pytest.raises(CheckerUnavailableError):
        checker.check_session(CONTEXT_ID)
    return monotonic() - began


@pytest.mark.parametrize("act", ENDLESS.values(), ids=ENDLESS)
def test_an_endless_response_is_given_up_in_time(checker_at: At, act: Act) -> None:
    checker, _ = checker_at(act, time_limit=LIMIT, monotonic=monotonic)

    assert seconds_of_a_failing_check(checker) < LONG


@pytest.mark.parametrize("act", ENDLESS.values(), ids=ENDLESS)
def test_the_limit_holds_on_a_kept_connection_too(checker_at: At, act: Act) -> None:
    checker, server = checker_at(
        say(answer(200, SESSION)), act, time_limit=LIMIT, monotonic=monotonic
    )
    checker.check_session(CONTEXT_ID)

    assert seconds_of_a_failing_check(checker) < LONG
    assert len(server.requests) >= 2


def test_a_connection_that_is_not_accepted_is_given_up_in_time(
    checker_of: Callable[..., HttpSessionChecker],
) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        address = listener.getsockname()
        # The queue takes a few; who comes later gets no answer at all.
        waiting = [socket.socket() for _ in range(4)]
        for client in waiting:
            client.setblocking(False)
            client.connect_ex(address)
        checker = checker_of(
            f"http://127.0.0.1:{address[1]}", time_limit=LIMIT, monotonic=monotonic
        )

        taken = seconds_of_a_failing_check(checker)

        for client in waiting:
            client.close()
    assert taken < LONG


def test_after_silence_there_is_no_time_for_another_attempt(checker_at: At) -> None:
    checker, server = checker_at(
        stay_silent, say(answer(200, SESSION)), time_limit=LIMIT, monotonic=monotonic
    )

    seconds_of_a_failing_check(checker)

    assert len(server.requests) == 1


def test_many_addresses_share_the_time_to_connect(
    monkeypatch: pytest.MonkeyPatch, checker_of: Callable[..., HttpSessionChecker]
) -> None:
    """A hundred addresses without an answer take one time limit, not a hundred."""
    timeouts: list[float] = []

    class Swallowed(socket.socket):
        def connect(self, address: object) -> None:
            timeouts.append(self.gettimeout() or 0)
            raise TimeoutError

    one = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 1))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_names: [one] * 100)
    monkeypatch.setattr(socket, "socket", Swallowed)
    checker = checker_of("http://shop.example", time_limit=2)

    with pytest.raises(CheckerUnavailableError):
        checker.check_session(CONTEXT_ID)

    assert len(timeouts) in (100, 200)
    assert max(timeouts[:99]) <= 0.5 / 2
    assert timeouts[0] <= 0.5 / 100


def test_the_next_address_is_tried(
    monkeypatch: pytest.MonkeyPatch,
    server_of: Callable[..., RawServer],
    checker_of: Callable[..., HttpSessionChecker],
) -> None:
    server = server_of(say(answer(200, SESSION)))
    host, port = server.server_address[:2]
    found = [
        # An unsupported address family, a closed port, and the service.
        (255, socket.SOCK_STREAM, 6, "", (host, port)),
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 1)),
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port)),
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_names: found)

    session = checker_of("http://shop.example").check_session(CONTEXT_ID)

    assert session.customer_id == "zoe"


def test_an_unknown_host_makes_the_checker_unavailable(
    monkeypatch: pytest.MonkeyPatch,
    checker_of: Callable[..., HttpSessionChecker],
    caplog: pytest.LogCaptureFixture,
) -> None:
    def unknown(*_args: object, **_names: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)

    with pytest.raises(CheckerUnavailableError):
        checker_of("http://shop.example").check_session(CONTEXT_ID)

    assert "the host is not found (Name or service not known)" in caplog.text


def test_a_response_that_is_too_long_is_given_up_early(checker_at: At) -> None:
    checker, _ = checker_at(pour(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), time_limit=60)

    assert seconds_of_a_failing_check(checker) < LONG


class SlowSocket(socket.socket):
    """A socket whose every operation takes 0.1 seconds of ``time``. It records its timeouts."""

    time: ClassVar[ManualTime]
    timeouts: ClassVar[list[float]]
    texts: ClassVar[Iterator[bytes]]

    def _take_time(self) -> None:
        self.timeouts.append(round(self.gettimeout() or 0, 6))
        self.time.now += 0.1

    def connect(self, _address: object) -> None:
        self._take_time()

    def send(self, data: Any, *_: object) -> int:
        self._take_time()
        return len(data)

    def recv(self, *_: int) -> bytes:
        self._take_time()
        return next(self.texts)


@pytest.fixture
def slow_socket(time: ManualTime, monkeypatch: pytest.MonkeyPatch) -> type[SlowSocket]:
    class Slow(SlowSocket):
        """A class for this test only."""

    Slow.time, Slow.timeouts, Slow.texts = time, [], cycle([b"HTTP/1.1 200 OK", b"x", b"x"])
    monkeypatch.setattr(connection, "monotonic", time.monotonic)
    monkeypatch.setattr(transport, "monotonic", time.monotonic)
    monkeypatch.setattr(socket, "socket", Slow)
    return Slow


def test_a_slow_resolver_leaves_time_to_connect(
    slow_socket: type[SlowSocket], time: ManualTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def resolve(*_args: object, **_names: object) -> list[object]:
        time.now += 1
        return [ADDRESS]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    sender = Transport("http://shop.example", connections=1)

    sender.get("/", headers={}, max_body=1, seconds=1)

    connecting, sending, *_ = slow_socket.timeouts
    assert connecting == 0.5
    assert sending == pytest.approx(0.9, rel=0.01)
    assert sending <= 0.9


def test_the_handshake_gets_the_time_that_connecting_left(
    slow_socket: type[SlowSocket], time: ManualTime
) -> None:
    handshakes: list[float | None] = []

    class Context(SSLContext):
        def wrap_socket(self, sock: socket.socket, *_: object, **__: object) -> SSLSocket:
            handshakes.append(sock.gettimeout())
            raise SSLError

    context = Context(PROTOCOL_TLS_CLIENT)
    with pytest.raises(NotConnectedError):
        Connection([ADDRESS], deadline=time.now + 0.5, context=context, host="x")

    assert slow_socket.timeouts == [0.5]
    assert handshakes == [pytest.approx(0.4)]


def test_each_read_gets_the_time_that_earlier_reads_left(
    slow_socket: type[SlowSocket], time: ManualTime
) -> None:
    opened = Connection([ADDRESS], deadline=time.now + 0.5)

    with pytest.raises(TimeoutError):
        opened.exchange(b"GET", ResponseReader(1), deadline=time.now + 0.5)

    opened.close()
    connecting, *exchanging = slow_socket.timeouts
    assert connecting == 0.5
    remaining = [0.5, 0.4, 0.3, 0.2, 0.1]
    assert exchanging == pytest.approx(remaining, rel=0.01)
    assert all(limit <= left for limit, left in zip(exchanging, remaining, strict=True))


def test_a_timeout_that_is_right_is_not_set_again(
    slow_socket: type[SlowSocket], time: ManualTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings: list[float | None] = []

    def settimeout(_: object, seconds: float | None) -> None:
        settings.append(seconds)

    opened = Connection([ADDRESS], deadline=time.now + 500)
    monkeypatch.setattr(slow_socket, "settimeout", settimeout)
    slow_socket.texts = cycle([b"HTTP/1.1 200 OK\r\n", b"Content-Length: 0\r\n\r\n"])

    for _ in range(3):
        opened.exchange(b"GET", ResponseReader(1), deadline=time.now + 500)

    opened.close()
    assert settings == [pytest.approx(497.5)]
