"""The clients and checkers over HTTP name the trace of their caller, and no other one."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Final

import pytest
from opentelemetry import context, trace
from opentelemetry.sdk.trace import TracerProvider
from support.http.raw_server import RawServer, problem, raw_server, say

from cybershop_customer import CustomerServiceError, trace_context
from cybershop_customer.entrypoints.client import AsyncHttpCustomerClient, HttpCustomerClient
from cybershop_customer.entrypoints.session_checkers import (
    async_http_session_checker,
    http_session_checker,
)

TRACE: Final = "0af7651916cd43dd8448eb211c80319c"
PARENT: Final = f"00-{TRACE}-b7ad6b7169203331-01"
CONTEXT_ID: Final = f"{'x' * 43}.zoe"
REFUSED: Final = problem(401, "session-refused", reason="unknown")


def ask_checker(url: str) -> None:
    with http_session_checker(url) as checker:
        checker.check_session(CONTEXT_ID)


def ask_async_checker(url: str) -> None:
    async def ask() -> None:
        async with async_http_session_checker(url) as checker:
            await checker.check_session(CONTEXT_ID)

    asyncio.run(ask())


def ask_client(url: str) -> None:
    with HttpCustomerClient(url) as client:
        client.login(customer_id="zoe", password="correct horse")


def ask_async_client(url: str) -> None:
    async def ask() -> None:
        async with AsyncHttpCustomerClient(url) as client:
            await client.login(customer_id="zoe", password="correct horse")

    asyncio.run(ask())


WAYS: Final[list[Callable[[str], None]]] = [
    ask_checker,
    ask_async_checker,
    ask_client,
    ask_async_client,
]


@pytest.fixture(params=WAYS, ids=lambda way: way.__name__)
def ask(request: pytest.FixtureRequest) -> Callable[[str], None]:
    way: Callable[[str], None] = request.param
    return way


@pytest.fixture
def server() -> Iterator[RawServer]:
    with raw_server(say(REFUSED)) as running:
        yield running


def sent(ask: Callable[[str], None], server: RawServer) -> Mapping[str, str]:
    """The headers of the one request that ``ask`` makes, by their names in lower case."""
    with suppress(CustomerServiceError):
        ask(server.url)
    lines = server.requests[0].decode().splitlines()[1:]
    return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}


def test_outside_of_a_trace_no_header_is_sent(
    ask: Callable[[str], None], server: RawServer
) -> None:
    assert {"traceparent", "tracestate"} & sent(ask, server).keys() == set()


@pytest.mark.parametrize("state", [None, "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"])
def test_the_trace_of_the_callers_request_is_passed_on(
    ask: Callable[[str], None], server: RawServer, state: str | None
) -> None:
    with trace_context(PARENT, state):
        headers = sent(ask, server)

    assert headers["traceparent"] == PARENT
    assert headers.get("tracestate") == state


@contextmanager
def current_span() -> Iterator[trace.SpanContext]:
    tracer = TracerProvider(shutdown_on_exit=False).get_tracer("product")
    with tracer.start_as_current_span("work", context=context.Context()) as span:
        yield span.get_span_context()


def test_the_current_span_of_opentelemetry_wins(
    ask: Callable[[str], None], server: RawServer
) -> None:
    with trace_context(PARENT, "a=1"), current_span() as span:
        headers = sent(ask, server)

    assert headers["traceparent"] == f"00-{span.trace_id:032x}-{span.span_id:016x}-03"
    assert "tracestate" not in headers


@pytest.mark.parametrize(("state", "passed_on"), [("a=1", "a=1"), ("a=\xe9", None)])
def test_the_state_of_a_span_is_passed_on_if_a_header_can_have_it(
    ask: Callable[[str], None], server: RawServer, state: str, passed_on: str | None
) -> None:
    key, _, value = state.partition("=")
    fields: dict[str, Any] = {"trace_flags": trace.TraceFlags(1), "is_remote": True}
    fields["trace_state"] = StateOf({key: value})
    span = trace.NonRecordingSpan(trace.SpanContext(int(TRACE, 16), 0xB7AD6B7169203331, **fields))

    with trace.use_span(span):
        headers = sent(ask, server)

    assert headers["traceparent"] == PARENT
    assert headers.get("tracestate") == passed_on


class StateOf(trace.TraceState):
    """A state that another program may have put together without a check."""

    def __init__(self, members: dict[str, str]) -> None:
        super().__init__()
        self._members = members

    def to_header(self) -> str:
        return ",".join("=".join(member) for member in self._members.items())
