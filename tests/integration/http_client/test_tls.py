"""HTTPS: certificates are verified, and the time limit holds there too."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer
from ssl import SSLContext
from threading import Event, Thread
from time import monotonic

import pytest
from support.http.certificate import self_signed
from support.http.raw_server import Act, RawServer, answer, pour, say, say_and_hang_up, trickle
from support.http.session_replies import CONTEXT_ID, SESSION

from cybershop_customer import CheckerUnavailableError
from cybershop_customer.adapters.http_client.session_checker import HttpSessionChecker

LONG = 5.0
OK = b"HTTP/1.1 200 OK\r\n"

WAYS = ("threads", "asyncio")

ServerOf = Callable[..., RawServer]
CheckerOf = Callable[..., HttpSessionChecker]


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SSLContext:
    """The TLS context of a server whose certificate the client trusts."""
    context, trusted = self_signed(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    return context


def test_a_session_is_checked(server_of: ServerOf, checker_of: CheckerOf, tls: SSLContext) -> None:
    server = server_of(say(answer(200, SESSION)), tls=tls)
    checker = checker_of(server.url)

    for _ in range(3):
        assert checker.check_session(CONTEXT_ID).customer_id == "zoe"

    assert server.connections == 1


def test_a_kept_connection_that_is_closed_is_replaced(
    server_of: ServerOf, checker_of: CheckerOf, tls: SSLContext
) -> None:
    good = say(answer(200, SESSION))
    server = server_of(good, say_and_hang_up(), good, tls=tls)
    checker = checker_of(server.url)

    for _ in range(2):
        assert checker.check_session(CONTEXT_ID).customer_id == "zoe"

    assert server.connections == 2


@pytest.fixture(params=[None, "127.0.0.2"], ids=["unknown signer", "other address"])
def no_proof(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> SSLContext:
    """The TLS context of a server whose certificate a client must refuse."""
    if request.param is None:
        context, _ = self_signed(tmp_path)
        return context
    context, trusted = self_signed(tmp_path, address=request.param)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    return context


def test_an_invalid_certificate_is_refused(
    server_of: ServerOf,
    checker_of: CheckerOf,
    no_proof: SSLContext,
    caplog: pytest.LogCaptureFixture,
) -> None:
    server = server_of(say(answer(200, SESSION)), tls=no_proof)

    with pytest.raises(CheckerUnavailableError):
        checker_of(server.url).check_session(CONTEXT_ID)

    assert server.requests == []
    assert "its certificate is refused: " in caplog.text


@pytest.mark.parametrize(
    "act",
    [
        say(OK),
        trickle(b"HTTP/1.1 200 ", b"O"),
        trickle(OK, b"X: y\r\n"),
        trickle(OK + b"Content-Length: 60000\r\n\r\n", b" "),
        pour(OK, b"X: y\r\n"),
        pour(OK + b"\r\n", b" "),
    ],
    ids=["silent", "status line", "headers", "body", "endless headers", "endless body"],
)
def test_an_endless_response_is_given_up_in_time(
    server_of: ServerOf, checker_of: CheckerOf, tls: SSLContext, act: Act
) -> None:
    server = server_of(act, tls=tls)
    checker = checker_of(server.url, time_limit=0.3, monotonic=monotonic)
    began = monotonic()

    with pytest.raises(CheckerUnavailableError):
        checker.check_session(CONTEXT_ID)

    assert monotonic() - began < LONG
    assert server.requests


@pytest.fixture
def greeter_of() -> Iterator[Callable[[bytes, bytes], str]]:
    """Starts servers that send ``begin`` at once, and then ``forever`` byte by byte."""
    ending = Event()

    def start(begin: bytes, forever: bytes) -> str:
        class Greeting(BaseRequestHandler):
            def handle(self) -> None:
                with suppress(OSError):
                    self.request.sendall(begin)
                    while forever and not ending.wait(0.002):
                        self.request.sendall(forever)

        server = stack.enter_context(ThreadingTCPServer(("127.0.0.1", 0), Greeting))
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        stack.callback(thread.join)
        stack.callback(server.shutdown)
        stack.callback(ending.set)
        return f"https://127.0.0.1:{server.server_address[1]}"

    with ExitStack() as stack:
        yield start


def test_an_endless_handshake_is_given_up_in_time(
    greeter_of: Callable[[bytes, bytes], str], checker_of: CheckerOf
) -> None:
    """The server announces a TLS record of 16 KiB and sends it byte by byte."""
    url = greeter_of(b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc", b"\x03")
    checker = checker_of(url, time_limit=0.3, monotonic=monotonic)
    began = monotonic()

    with pytest.raises(CheckerUnavailableError):
        checker.check_session(CONTEXT_ID)

    assert monotonic() - began < LONG


def test_a_server_without_tls_is_refused(
    greeter_of: Callable[[bytes, bytes], str],
    checker_of: CheckerOf,
    caplog: pytest.LogCaptureFixture,
) -> None:
    checker = checker_of(greeter_of(b"220 mail.shop.example ESMTP\r\n", b""))

    with pytest.raises(CheckerUnavailableError):
        checker.check_session(CONTEXT_ID)

    assert "TLS failed: " in caplog.text
