"""Idle connections and unfinished requests block no new client and use limited memory."""

import resource
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from time import monotonic
from typing import Final
from urllib.parse import urlsplit

import pytest
from support.http.customer_api import BASE
from support.http.transports import LIVEZ, RawConnection
from support.processes.command import Service

from cybershop_customer.entrypoints.http.serving.limits import ServerLimits
from cybershop_customer.entrypoints.http.serving.open_files import RESERVED_FILES, fit_open_files

Serve = Callable[..., Service]

IDLE: Final = 1_100
HALF_SENT: Final = 500
MEGABYTE: Final = 1024 * 1024
LARGEST_GROWTH: Final = 40 * MEGABYTE
LIMIT: Final = 2 * (IDLE + HALF_SENT)


def memory_of(service: Service) -> int:
    """The resident memory of the service's process, in bytes."""
    status = Path(f"/proc/{service.process.pid}/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024


@pytest.fixture
def many_files() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < LIMIT:
        pytest.skip(f"this process may not open {LIMIT} files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, LIMIT), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def seconds_of_a_new_client(service: Service) -> float:
    started = monotonic()
    with RawConnection(service.url) as new:
        assert new.exchange(LIVEZ).status == 200
    return monotonic() - started


def connect(service: Service, data: bytes) -> socket.socket:
    parts = urlsplit(service.url)
    connection = socket.create_connection((parts.hostname, parts.port), timeout=10)
    # The service may have closed it already, to make room.
    with suppress(OSError):
        connection.sendall(data)
    return connection


@pytest.mark.usefixtures("many_files")
@pytest.mark.parametrize("limits", [{}, {"CUSTOMER_CONNECTIONS": "2000"}], ids=["default", "2000"])
@pytest.mark.parametrize("length", [60_000, 500_000])
def test_a_new_client_is_served_beside_idle_connections_and_half_sent_bodies(
    demo: Serve, limits: dict[str, str], length: int
) -> None:
    service = demo(**limits)
    for _ in range(20):
        seconds_of_a_new_client(service)
    before = memory_of(service)
    head = f"PUT {BASE}/login HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n"
    half = head.encode() + b"x" * (length - 1)
    slowest = 0.0
    with ExitStack() as stack:
        for number in range(IDLE):
            stack.enter_context(connect(service, LIVEZ if number % 2 else b""))
            if number % 100 == 0:
                slowest = max(slowest, seconds_of_a_new_client(service))
        for number in range(HALF_SENT):
            stack.enter_context(connect(service, half))
            if number % 50 == 0:
                slowest = max(slowest, seconds_of_a_new_client(service))
        slowest = max(slowest, seconds_of_a_new_client(service))
        grown = memory_of(service) - before

    assert slowest < 1, slowest
    assert grown < LARGEST_GROWTH, grown / MEGABYTE
    service.signal()
    assert service.wait() == 0


def test_a_low_limit_of_open_files_lowers_the_number_of_connections(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (64, 256))
    raised: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: raised.append(limits))

    limits = fit_open_files(ServerLimits(connections=1000, connections_per_source=800))

    assert raised == [(256, 256)]
    assert limits.connections == 256 - RESERVED_FILES
    assert limits.source_limit == limits.connections
    (line,) = caplog.messages
    assert "CUSTOMER_CONNECTIONS is lowered from 1000 to 156" in line


def test_a_low_limit_of_open_files_is_raised_where_it_may_be(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, resource.RLIM_INFINITY))
    raised: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: raised.append(limits))

    assert fit_open_files(ServerLimits()) == ServerLimits()
    assert raised == [(1000 + RESERVED_FILES, resource.RLIM_INFINITY)]
    assert caplog.messages == []
