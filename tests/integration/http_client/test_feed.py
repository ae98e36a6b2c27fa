"""The session change feed over HTTP."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from support.http.raw_server import (
    Act,
    RawServer,
    answer,
    echo,
    problem,
    raw_server,
    say,
    stay_silent,
)
from support.http.session_replies import everything_shown_by

from cybershop_customer import (
    CheckerUnavailableError,
    FieldFault,
    InvalidInputError,
    SessionChange,
    SessionFeedPage,
    SettingsError,
)
from cybershop_customer.adapters.http_client.session_feed import HttpSessionFeed

TOKEN = "feed-token-AbC123._~+/0123456789=="
CHANGE = {"position": "2031-05-17T12:00:00.123456Z~a-1", "customer_id": "zoe"}
PAGE = {"changes": [CHANGE], "cursor": "2031-05-17T11:59:00.123456Z", "complete": True}

At = Callable[..., tuple[HttpSessionFeed, RawServer]]


@pytest.fixture
def feed_at() -> Iterator[At]:
    """Makes a feed client and its server."""
    with ExitStack() as stack:

        def make(*acts: Act, **arguments: Any) -> tuple[HttpSessionFeed, RawServer]:
            server = stack.enter_context(raw_server(*acts))
            feed = HttpSessionFeed(server.url, TOKEN, **arguments)
            stack.callback(feed.close)
            return feed, server

        yield make


def fails(feed: HttpSessionFeed) -> CheckerUnavailableError:
    with pytest.raises(CheckerUnavailableError) as caught:
        feed.read_changes(None)
    return caught.value


def logged(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.name == "cybershop_customer.client"]


def test_a_page_is_read(feed_at: At) -> None:
    feed, server = feed_at(say(answer(200, PAGE)))

    page = feed.read_changes(None)

    assert page == SessionFeedPage((SessionChange(**CHANGE),), PAGE["cursor"], complete=True)
    lines = server.requests[0].decode().split("\r\n")
    assert lines[0] == "GET /api/v1/customer/session/feed HTTP/1.1"
    assert f"Authorization: Bearer {TOKEN}" in lines


@pytest.mark.parametrize(
    ("cursor", "query"),
    [
        ("2031-05-17T12:00:00.123456Z~a-1", "2031-05-17T12%3A00%3A00.123456Z~a-1"),
        ("a b&c=d#e/f?é%", "a%20b%26c%3Dd%23e%2Ff%3F%C3%A9%25"),
        ("", ""),
        ("x\r\nX: y", "x%0D%0AX%3A%20y"),
        ("\ud800", "%3F"),  # UTF-8 cannot carry it; the service refuses what is sent instead
    ],
)
def test_the_cursor_is_sent_encoded(feed_at: At, cursor: str, query: str) -> None:
    feed, server = feed_at(say(answer(200, PAGE)))

    feed.read_changes(cursor)

    line = server.requests[0].decode().partition("\r\n")[0]
    assert line == f"GET /api/v1/customer/session/feed?cursor={query} HTTP/1.1"


def test_the_age_of_a_read_is_sent_and_received(feed_at: At) -> None:
    feed, server = feed_at(say(answer(200, {**PAGE, "read_age": 0.25})))

    assert feed.read_changes("a", max_read_age=0.5).read_age == 0.25
    feed.read_changes(None, max_read_age=1000)

    lines = [request.decode().partition("\r\n")[0] for request in server.requests]
    assert lines == [
        f"GET /api/v1/customer/session/feed?{query} HTTP/1.1"
        for query in ("cursor=a&max_read_age=0.500", "max_read_age=60.000")
    ]


def test_the_largest_page_is_read(feed_at: At) -> None:
    """It has a thousand changes with the longest position and the longest customer_id."""
    change = {"position": f"{'2' * 27}~{'a' * 64}", "customer_id": "c" * 128}
    feed, _ = feed_at(
        say(answer(200, {"changes": [change] * 1000, "cursor": "c", "complete": False}))
    )

    page = feed.read_changes("b")

    assert (len(page.changes), page.cursor, page.complete) == (1000, "c", False)


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        [PAGE],
        {**PAGE, "changes": None},
        {**PAGE, "changes": {}},
        {**PAGE, "changes": ["zoe"]},
        {**PAGE, "changes": [{**CHANGE, "position": 7}]},
        {**PAGE, "changes": [{**CHANGE, "customer_id": None}]},
        {**PAGE, "changes": [CHANGE, {}]},
        {**PAGE, "cursor": None},
        {**PAGE, "cursor": 7},
        {**PAGE, "complete": 1},
        {**PAGE, "complete": "true"},
        {**PAGE, "read_age": "0"},
        {**PAGE, "read_age": True},
        {**PAGE, "read_age": -0.1},
        {**PAGE, "read_age": float("nan")},
        {"changes": [], "cursor": "x"},
        b" " * 600_000,
    ],
)
def test_an_invalid_page_makes_the_feed_unavailable(
    feed_at: At, body: object, caplog: pytest.LogCaptureFixture
) -> None:
    feed, server = feed_at(say(answer(200, body)))

    fails(feed)

    assert len(server.requests) == 1
    assert len(logged(caplog)) == 1


def test_a_cursor_that_is_refused_is_invalid_input(
    feed_at: At, caplog: pytest.LogCaptureFixture
) -> None:
    faults = [{"field": "cursor", "detail": "is too old: begin without one"}]
    feed, _ = feed_at(say(problem(400, "invalid-input", errors=faults)))

    with pytest.raises(InvalidInputError) as caught:
        feed.read_changes("2001")

    assert caught.value.faults == (FieldFault("cursor", "is too old: begin without one"),)
    assert logged(caplog) == []


@pytest.mark.parametrize("detail", [f"{TOKEN} it was", "x" * 201, "a\nb"])
def test_an_unsafe_detail_about_the_cursor_is_not_repeated(feed_at: At, detail: str) -> None:
    faults = [{"field": "cursor", "detail": detail}]
    feed, _ = feed_at(say(problem(400, "invalid-input", errors=faults)))

    with pytest.raises(InvalidInputError) as caught:
        feed.read_changes("2001")

    assert caught.value.faults == (FieldFault("cursor", "is refused"),)


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"errors": "cursor"},
        {"errors": ["cursor"]},
        {"errors": [{"field": "limit", "detail": "is no field"}]},
        {"errors": [{"field": "cursor"}]},
    ],
)
def test_a_400_about_another_field_makes_the_feed_unavailable(
    feed_at: At, members: dict[str, object]
) -> None:
    feed, _ = feed_at(say(problem(400, "invalid-input", **members)))

    fails(feed)


ADVISED = {
    "feed-refused": (
        problem(401, "feed-refused"),
        (
            "the service refuses the feed_token;"
            " give both sides the same CUSTOMER_SESSION_FEED_TOKEN"
        ),
    ),
    "feed-off": (
        problem(404, "feed-off"),
        (
            "the service keeps no feed;"
            " set CUSTOMER_SESSION_FEED and CUSTOMER_SESSION_FEED_TOKEN there"
        ),
    ),
    "stranger's 401": (
        answer(401, b""),
        "it answers with status 401, not from the customer service",
    ),
    "older service": (problem(404, "not-found"), "it answers with status 404, not-found"),
    "stranger's 404": (
        answer(404, b""),
        "it answers with status 404, not from the customer service",
    ),
    "odd status": (
        answer(799, b""),
        "it answers with status 799, not from the customer service",
    ),
}


@pytest.mark.parametrize(("data", "cause"), ADVISED.values(), ids=ADVISED)
def test_the_log_says_what_to_do_once(
    feed_at: At, data: bytes, cause: str, caplog: pytest.LogCaptureFixture
) -> None:
    feed, server = feed_at(say(data))
    for _ in range(3):
        fails(feed)
    server.acts[:] = [say(answer(200, PAGE))]
    for _ in range(3):
        feed.read_changes(None)

    name = f"the session change feed at {server.url}"
    assert logged(caplog) == [f"{name} failed: {cause}", f"{name} works again"]


def test_the_error_has_the_retry_after_of_the_service(feed_at: At) -> None:
    feed, _ = feed_at(
        say(
            problem(503, "checker-unavailable").replace(
                b"\r\n\r\n", b"\r\nRetry-After: 7\r\n\r\n", 1
            )
        )
    )

    assert fails(feed).retry_after == 7


def test_it_keeps_its_time_limit(feed_at: At) -> None:
    feed, server = feed_at(stay_silent, time_limit=0.3)

    fails(feed)

    assert len(server.requests) == 1


def test_its_connection_is_kept(feed_at: At) -> None:
    feed, server = feed_at(say(answer(200, PAGE)))
    for _ in range(5):
        feed.read_changes(None)

    assert (len(server.requests), server.connections) == (5, 1)


@pytest.mark.parametrize(
    "token",
    ["", " ", "a b", "a\r\nX: y", "a\n", "é", "a\x00", '"a"', "a,b", "=a", "a" * 513, "a\u2028"],
)
def test_a_token_that_fits_no_header_is_refused(token: str) -> None:
    with pytest.raises(SettingsError) as caught:
        HttpSessionFeed("http://shop.example", token)

    assert [fault.field for fault in caught.value.faults] == ["feed_token"]
    assert not token.strip() or token not in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "field"), [({"url": "shop"}, "url"), ({"time_limit": 0}, "time_limit")]
)
def test_each_setting_is_checked(arguments: dict[str, Any], field: str) -> None:
    with pytest.raises(SettingsError) as caught:
        HttpSessionFeed(**{"url": "http://shop.example", "feed_token": TOKEN, **arguments})

    assert [fault.field for fault in caught.value.faults] == [field]


@pytest.mark.parametrize(
    "parts",
    [
        ["{}\r\n\r\n"],
        ["HTTP/1.1 200 OK\r\n{}\r\n\r\n"],
        ['HTTP/1.1 400 No\r\n\r\n{"type": "urn:cybershop:customer:problem:{}"}'],
    ],
)
def test_no_error_and_no_log_shows_the_token(
    feed_at: At, parts: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    feed, server = feed_at(echo(parts))

    error = fails(feed)

    assert TOKEN.encode() in server.requests[0]
    assert TOKEN not in everything_shown_by(error)
    assert TOKEN not in repr(feed)
    assert all(TOKEN not in caplog.handler.format(record) for record in caplog.records)
