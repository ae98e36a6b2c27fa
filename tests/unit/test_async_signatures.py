"""The clients for asyncio have the methods of those for threads, with the same arguments."""

import inspect
from typing import Any

import pytest

from cybershop_customer.adapters.async_http_client.bearer_client import AsyncHttpBearerClient
from cybershop_customer.adapters.async_http_client.customer_client import AsyncHttpCustomerClient
from cybershop_customer.adapters.async_http_client.session_checker import AsyncHttpSessionChecker
from cybershop_customer.adapters.async_http_client.session_feed import AsyncHttpSessionFeed
from cybershop_customer.adapters.caching.async_session_checker import AsyncCachingSessionChecker
from cybershop_customer.adapters.caching.session_checker import CachingSessionChecker
from cybershop_customer.adapters.http_client.customer_client import (
    HttpBearerClient,
    HttpCustomerClient,
)
from cybershop_customer.adapters.http_client.session_checker import HttpSessionChecker
from cybershop_customer.adapters.http_client.session_feed import HttpSessionFeed
from cybershop_customer.entrypoints.session_checkers import (
    async_http_session_checker,
    http_session_checker,
)

PAIRS = [
    (HttpCustomerClient, AsyncHttpCustomerClient),
    (HttpBearerClient, AsyncHttpBearerClient),
    (HttpSessionChecker, AsyncHttpSessionChecker),
    (HttpSessionFeed, AsyncHttpSessionFeed),
    (CachingSessionChecker, AsyncCachingSessionChecker),
]
RENAMED = {"close": "aclose"}
NOT_ASYNC = {"as_bearer", "cache_info", "cache_infos"}
"""These ask no one, so they are no coroutines."""
LEFT_OUT = {"cached"}
"""An event loop awaits ``check_session`` itself."""


def public_methods(kind: type) -> dict[str, Any]:
    return {
        name: method
        for name, method in inspect.getmembers(kind, inspect.isfunction)
        if not name.startswith("_")
    }


@pytest.mark.parametrize(("blocking", "asynchronous"), PAIRS)
def test_the_methods_are_the_same(blocking: type, asynchronous: type) -> None:
    methods, others = public_methods(blocking), public_methods(asynchronous)
    assert {RENAMED.get(name, name) for name in methods} - LEFT_OUT == set(others)
    for name, method in methods.items():
        if name in LEFT_OUT:
            continue
        other = others[RENAMED.get(name, name)]
        assert inspect.iscoroutinefunction(other) is (name not in NOT_ASYNC), name
        wanted, found = inspect.signature(method), inspect.signature(other)
        assert list(found.parameters.values()) == list(wanted.parameters.values()), name
        if name != "as_bearer":
            assert found.return_annotation == wanted.return_annotation, name


@pytest.mark.parametrize(
    ("blocking", "asynchronous"), [*PAIRS, (http_session_checker, async_http_session_checker)]
)
def test_they_are_made_with_the_same_arguments(blocking: Any, asynchronous: Any) -> None:
    wanted, found = inspect.signature(blocking), inspect.signature(asynchronous)

    assert [(it.name, it.kind) for it in found.parameters.values()] == [
        (it.name, it.kind) for it in wanted.parameters.values()
    ]
