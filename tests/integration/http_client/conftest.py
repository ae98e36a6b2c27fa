"""Fixtures for the tests of the HTTP client."""

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from support.coroutines.blocking import as_coroutine, in_loop_thread
from support.doubles.manual_time import ManualTime
from support.http.raw_server import Act, RawServer, raw_server
from support.http.session_replies import CONTEXT_ID

from cybershop_customer.adapters.async_http_client.session_checker import AsyncHttpSessionChecker
from cybershop_customer.adapters.http_client.session_checker import HttpSessionChecker


@pytest.fixture
def time() -> ManualTime:
    """The time of the checkers of ``checker_of``. Their sockets wait in real time."""
    return ManualTime()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a module with ``WAYS`` on checkers of each of them; other modules with threads only."""
    if "way" in metafunc.fixturenames:
        ways = getattr(metafunc.module, "WAYS", ["threads"])
        metafunc.parametrize("way", ways, indirect=True)


@pytest.fixture
def way(request: pytest.FixtureRequest) -> str:
    """The kind of the checkers of ``checker_of``: for threads, or for asyncio."""
    found: str = request.param
    return found


@pytest.fixture
def checker_of(time: ManualTime, way: str) -> Iterator[Callable[..., HttpSessionChecker]]:
    """Makes checkers, and closes them at the end of the test."""
    with ExitStack() as stack:

        def make(url: str, **arguments: Any) -> HttpSessionChecker:
            own = {"sleep": time.sleep, "monotonic": time.monotonic, "uniform": time.longest}
            arguments = {**own, **arguments}
            if way == "threads":
                checker = HttpSessionChecker(url, **arguments)
            else:
                arguments["sleep"] = as_coroutine(arguments["sleep"])
                checker = in_loop_thread(AsyncHttpSessionChecker(url, **arguments))
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
