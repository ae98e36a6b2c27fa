"""While the customer service is killed, hung or answers rubbish, protected services go on.

They answer within their time limit, by the policy they state, and recover by themselves.
"""

import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from support.http.raw_server import raw_server
from support.processes.service_process import ServiceProcess
from support.protected.service import LONG, ProtectedService, log_in, wait_until

from cybershop_customer.entrypoints.session_checkers import CachePolicy, http_session_checker

LIMIT = 0.3
REFUSE = CachePolicy(max_age=0, refusal_max_age=0)
SERVE_WHAT_IS_KNOWN = CachePolicy(max_age=0, refusal_max_age=0, stale_if_error=600)


@contextmanager
def protected_service(url: str, policy: CachePolicy) -> Iterator[ProtectedService]:
    with http_session_checker(url, policy=policy, time_limit=LIMIT) as checker:
        yield ProtectedService(checker)


def refuses(protected: ProtectedService, context_id: str) -> None:
    reply = protected.get(context_id)
    assert reply.status == 503
    assert reply.body["type"] == "urn:cybershop:customer:problem:checker-unavailable"
    assert 1 <= int(reply.headers["Retry-After"]) <= 60
    assert reply.seconds < LONG


def serves(protected: ProtectedService, context_id: str) -> None:
    reply = protected.get(context_id)
    assert (reply.status, reply.body) == (200, "admin")
    assert reply.seconds < LONG


POLICIES = pytest.mark.parametrize(
    ("policy", "behaves"),
    [(REFUSE, refuses), (SERVE_WHAT_IS_KNOWN, serves)],
    ids=["refuse", "serve what is known"],
)


@POLICIES
def test_hung_and_going_on(
    start: Callable[..., ServiceProcess], policy: CachePolicy, behaves: Callable[..., None]
) -> None:
    process = start()
    with protected_service(process.url, policy) as protected:
        context_id, other = log_in(process.url), log_in(process.url)
        serves(protected, context_id)

        os.kill(process.pid, signal.SIGSTOP)
        try:
            for _ in range(8):
                behaves(protected, context_id)
            # Whom it has not seen before it cannot know.
            refuses(protected, other)
        finally:
            os.kill(process.pid, signal.SIGCONT)

        wait_until(lambda: protected.get(other).status == 200)
        serves(protected, context_id)


@POLICIES
def test_killed_and_started_again(
    start: Callable[..., ServiceProcess], policy: CachePolicy, behaves: Callable[..., None]
) -> None:
    process = start()
    with protected_service(process.url, policy) as protected:
        context_id = log_in(process.url)
        serves(protected, context_id)

        process.kill()
        for _ in range(8):
            behaves(protected, context_id)

        again = start(process.port)
        fresh = log_in(again.url)
        wait_until(lambda: protected.get(fresh).status == 200)
        # The sessions were in the memory of the process that is gone.
        assert protected.get(context_id).status == 401


@POLICIES
@pytest.mark.parametrize(
    "rubbish",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n<h1>Hello!</h1>",
        b'HTTP/1.1 200 OK\r\nContent-Length: 24\r\n\r\n{"customer_id": "admin"}',
        b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n",
        b"220 mail.example ESMTP\r\n",
        b"",
    ],
    ids=["html", "half an answer", "a proxy's 401", "another protocol", "nothing"],
)
def test_rubbish(
    start: Callable[..., ServiceProcess],
    policy: CachePolicy,
    behaves: Callable[..., None],
    rubbish: bytes,
) -> None:
    process = start()
    context_id = log_in(process.url)
    talks_rubbish = False

    def act(conversation: object) -> None:
        """Pass the request on to the service, or answer rubbish."""
        assert hasattr(conversation, "wfile")
        if talks_rubbish:
            conversation.wfile.write(rubbish)
            conversation.connection.close()  # type: ignore[attr-defined]
            return
        conversation.wfile.write(answer_of(process.port, conversation.request_head))  # type: ignore[attr-defined]

    with raw_server(act) as middle, protected_service(middle.url, policy) as protected:
        serves(protected, context_id)
        talks_rubbish = True
        for _ in range(8):
            behaves(protected, context_id)
        talks_rubbish = False
        wait_until(lambda: protected.get(context_id).status == 200)


def answer_of(port: int, head: bytes) -> bytes:
    """What the service answers to a request without a body."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as service:
        service.sendall(head.rstrip() + b"\r\nConnection: close\r\n\r\n")
        return b"".join(iter(lambda: service.recv(65536), b""))
