"""HTTPS: certificates are verified, and the time limit holds there too."""

from collections.abc import Callable
from pathlib import Path
from ssl import SSLContext
from time import monotonic

import pytest
from support.certificate import self_signed
from support.http_client import CONTEXT_ID, SESSION
from support.raw_server import Act, RawServer, answer, pour, say, say_and_hang_up, trickle

from cybershop_customer import CheckerUnavailableError
from cybershop_customer.adapters.http.session_checker import HttpSessionChecker

LONG = 5.0
OK = b"HTTP/1.1 200 OK\r\n"

ServerOf = Callable[..., RawServer]
CheckerOf = Callable[..., HttpSessionChecker]


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SSLContext:
    """A server's, which the system of the client trusts."""
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
    """A server's, whose certificate a client must not take."""
    if request.param is None:
        context, _ = self_signed(tmp_path)
        return context
    context, trusted = self_signed(tmp_path, address=request.param)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    return context


def test_a_certificate_that_proves_nothing_is_refused(
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


def test_who_speaks_no_tls_is_no_service(
    server_of: ServerOf, checker_of: CheckerOf, caplog: pytest.LogCaptureFixture
) -> None:
    """It waits for the end of a line, as the client does for a handshake."""
    server = server_of(say(answer(200, SESSION)))
    url = server.url.replace("http:", "https:")

    with pytest.raises(CheckerUnavailableError):
        checker_of(url, time_limit=0.3).check_session(CONTEXT_ID)

    assert url in caplog.text


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
def test_a_server_without_an_end_is_left(
    server_of: ServerOf, checker_of: CheckerOf, tls: SSLContext, act: Act
) -> None:
    server = server_of(act, tls=tls)
    checker = checker_of(server.url, time_limit=0.3, monotonic=monotonic)
    began = monotonic()

    with pytest.raises(CheckerUnavailableError):
        checker.check_session(CONTEXT_ID)

    assert monotonic() - began < LONG
    assert server.requests


def test_a_handshake_without_an_end_is_left(checker_of: CheckerOf) -> None:
    """A record of TLS, announced with 16 KiB, that comes byte by byte."""
    from socketserver import BaseRequestHandler, ThreadingTCPServer
    from threading import Event, Thread

    ending = Event()

    class Slow(BaseRequestHandler):
        def handle(self) -> None:
            try:
                self.request.sendall(b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc")
                while not ending.wait(0.002):
                    self.request.sendall(b"\x03")
            except OSError:
                pass

    with ThreadingTCPServer(("127.0.0.1", 0), Slow) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        url = f"https://127.0.0.1:{server.server_address[1]}"
        began = monotonic()
        try:
            with pytest.raises(CheckerUnavailableError):
                checker_of(url, time_limit=0.3, monotonic=monotonic).check_session(CONTEXT_ID)
            assert monotonic() - began < LONG
        finally:
            ending.set()
            server.shutdown()
            thread.join()
