"""The connections and the requests of the client."""

import os
from collections.abc import Callable
from importlib.metadata import version

import pytest
from support.http.raw_server import RawServer, answer, say
from support.http.session_replies import CONTEXT_ID, SESSION

from cybershop_customer import CheckerUnavailableError, SettingsError
from cybershop_customer.adapters.http_api.service_url import ServiceUrl
from cybershop_customer.adapters.http_client.session_checker import HttpSessionChecker

WAYS = ("threads", "asyncio")

At = Callable[..., tuple[HttpSessionChecker, RawServer]]

GOOD = say(answer(200, SESSION))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("http://127.0.0.1:30000", ("http", "127.0.0.1", 30000, "")),
        ("http://127.0.0.1:30000/", ("http", "127.0.0.1", 30000, "")),
        ("http://shop.example", ("http", "shop.example", 80, "")),
        ("https://shop.example", ("https", "shop.example", 443, "")),
        ("HTTPS://Shop.Example:8443", ("https", "shop.example", 8443, "")),
        ("http://[::1]:30000", ("http", "[::1]", 30000, "")),
        ("http://shop.example/a/customers/", ("http", "shop.example", 80, "/a/customers")),
        ("http://customer", ("http", "customer", 80, "")),
    ],
)
def test_a_url_has_its_parts(text: str, parts: tuple[str, str, int, str]) -> None:
    url = ServiceUrl.parse(text)

    assert (url.scheme, url.host, url.port, url.prefix) == parts
    assert ServiceUrl.parse(str(url)) == url


@pytest.mark.parametrize(
    "text",
    [
        "",
        "shop.example",
        "shop.example:30000",
        "//shop.example",
        "ftp://shop.example",
        "http://",
        "http:///path",
        "http://:30000",
        "http://shop.example:0",
        "http://shop.example:65536",
        "http://shop.example:port",
        "http://[::1",
        "http://shop example",
        "http://shop.example\r\nX: y",
        " http://shop.example",
        "http://shop.example\n",
        "http://shop.exämple",
        f"http://{'a' * 64}.example",
        "http://zoe:pass-word@shop.example",
        "http://zoe@shop.example",
        "http://shop.example?pass-word",
        "http://shop.example/?",
        "http://shop.example#pass-word",
        None,
        7,
        b"http://shop.example",
    ],
)
def test_anything_else_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        HttpSessionChecker(text)

    assert [fault.field for fault in caught.value.faults] == ["url"]
    assert "pass-word" not in str(caught.value)


@pytest.mark.parametrize("connections", [0, -1])
def test_at_least_one_connection_is_required(connections: int) -> None:
    with pytest.raises(SettingsError) as caught:
        HttpSessionChecker("http://shop.example", connections=connections)

    assert [fault.field for fault in caught.value.faults] == ["connections"]


def test_a_request_has_only_the_headers_that_it_needs(checker_at: At) -> None:
    checker, server = checker_at(GOOD)
    checker.check_session(CONTEXT_ID)

    first, *headers = server.requests[0].decode().rstrip().split("\r\n")
    assert first == "GET /api/v1/customer/session HTTP/1.1"
    assert sorted(headers) == [
        "Accept-Encoding: identity",
        "Accept: application/json, application/problem+json",
        f"Authorization: Bearer {CONTEXT_ID}",
        f"Host: {server.url.removeprefix('http://')}",
        f"User-Agent: cybershop-customer/{version('cybershop-customer')}",
    ]


def test_the_path_of_the_url_is_the_prefix_of_every_path(
    server_of: Callable[..., RawServer], checker_of: Callable[..., HttpSessionChecker]
) -> None:
    server = server_of(GOOD)

    checker_of(f"{server.url}/shop/").check_session(CONTEXT_ID)

    assert server.requests[0].startswith(b"GET /shop/api/v1/customer/session HTTP/1.1\r\n")


def test_no_proxy_of_the_environment_is_used(
    checker_at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    checker, _ = checker_at(GOOD)

    assert checker.check_session(CONTEXT_ID).customer_id == "zoe"


def test_a_check_after_close_fails(checker_at: At, caplog: pytest.LogCaptureFixture) -> None:
    checker, server = checker_at(GOOD)
    checker.check_session(CONTEXT_ID)
    checker.close()
    checker.close()

    with pytest.raises(CheckerUnavailableError):
        checker.check_session(CONTEXT_ID)

    assert len(server.requests) == 1
    assert "this client is closed" in caplog.text


def test_a_forked_process_opens_its_own_connection(
    checker_at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes on one connection would read each other's responses."""
    checker, server = checker_at(GOOD)
    checker.check_session(CONTEXT_ID)
    own = os.getpid()
    monkeypatch.setattr(os, "getpid", lambda: own + 1)

    checker.check_session(CONTEXT_ID)
    checker.check_session(CONTEXT_ID)

    assert (len(server.requests), server.connections) == (3, 2)
