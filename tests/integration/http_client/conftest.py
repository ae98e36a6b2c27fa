"""Fixtures for the tests of the HTTP client."""

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from support.doubles.manual_time import ManualTime
from support.http.raw_server import Act, RawServer, raw_server
from support.http.session_replies import CONTEXT_ID

from cybershop_customer.adapters.http_client.session_checker import HttpSessionChecker


@pytest.fixture
def time() -> ManualTime:
    """The time of the checkers of ``checker_of``. Their sockets wait in real time."""
    return ManualTime()


@pytest.fixture
def checker_of(time: ManualTime) -> Iterator[Callable[..., HttpSessionChecker]]:
    """Makes checkers, and closes them at the end of the test."""
    with ExitStack() as stack:

        def make(url: str, **arguments: Any) -> HttpSessionChecker:
            own = {"sleep": time.sleep, "monotonic": time.monotonic, "uniform": time.longest}
            checker = HttpSessionChecker(url, **{**own, **arguments})
            stack.callback(checker.close)
            return checker

        yield make


@pytest.fixture
def server_of() -> Iterator[Callable[..., RawServer]]:
    """Starts servers, and stops them at the end of the test."""
    with ExitStack() as stack:
        yield lambda *acts, **how: stack.enter_context(raw_server(*acts, **how))


@pytest.fixture
def checker_at(
    server_of: Callable[..., RawServer], checker_of: Callable[..., HttpSessionChecker]
) -> Callable[..., tuple[HttpSessionChecker, RawServer]]:
    """Makes a checker and its server."""

    def make(*acts: Act, **arguments: Any) -> tuple[HttpSessionChecker, RawServer]:
        server = server_of(*acts)
        return checker_of(server.url, **arguments), server

    return make


@pytest.fixture(autouse=True)
def _no_secret_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """No log line of any library and level shows the secret of these tests."""
    caplog.set_level(logging.DEBUG)
    yield
    secret = CONTEXT_ID.partition(".")[0]
    for when in ("setup", "call", "teardown"):
        for record in caplog.get_records(when):
            assert secret not in caplog.handler.format(record)
