"""The look-up of breached passwords, against a server that speaks the range API."""

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from threading import Event, Thread
from time import monotonic
from typing import Any

import pytest
from support.doubles.manual_time import ManualTime
from support.http.range_api import PATH, line_of, range_api, respond, sha1_digits
from support.http.raw_server import (
    Act,
    Conversation,
    RawServer,
    answer,
    pour,
    reset,
    say,
    say_and_hang_up,
    stay_silent,
    trickle,
)

from cybershop_customer import SettingsError
from cybershop_customer.adapters.http_client.breached_passwords import HttpBreachedPasswords

PASSWORD = "tr0ub4dor&3 Mjölnir"
LIMIT = 0.3
LONG = 5.0
OK = b"HTTP/1.1 200 OK\r\n"
HIT = respond(line_of(PASSWORD))

Of = Callable[..., HttpBreachedPasswords]


@pytest.fixture
def lookup_at(server_of: Callable[..., RawServer], time: ManualTime) -> Iterator[Any]:
    """Makes a server and the look-up that asks it."""
    with ExitStack() as stack:

        def make(*acts: Act, **arguments: Any) -> tuple[HttpBreachedPasswords, RawServer]:
            server = server_of(*acts)
            own = {"sleep": time.sleep, "monotonic": time.monotonic, "uniform": time.longest}
            lookup = HttpBreachedPasswords(server.url + PATH, **{**own, **arguments})
            stack.callback(lookup.close)
            return lookup, server

        yield make


@pytest.fixture(autouse=True)
def _neither_password_nor_hash_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """No log line of any library and level shows the password, or its hash as a whole."""
    yield
    digits = sha1_digits(PASSWORD).lower()
    for when in ("setup", "call", "teardown"):
        for record in caplog.get_records(when):
            text = caplog.handler.format(record).lower()
            assert PASSWORD.lower() not in text
            assert digits[5:] not in text
            if record.levelno > logging.DEBUG:
                assert digits[:5] not in text


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [
        record.getMessage()
        for record in caplog.records
        if record.name.startswith("cybershop_customer") and record.levelno >= logging.WARNING
    ]


def test_a_known_password_is_found_and_others_are_not(lookup_at: Any) -> None:
    lookup, _ = lookup_at(range_api([PASSWORD, "monkey business"]))

    assert lookup.contains(PASSWORD)
    assert lookup.contains("monkey business")
    assert not lookup.contains(PASSWORD.upper())
    assert not lookup.contains("correct horse battery staple")
    assert not lookup.contains("")


def test_a_padding_line_is_no_known_password(lookup_at: Any) -> None:
    lookup, _ = lookup_at(range_api([], padding=[PASSWORD]))

    assert not lookup.contains(PASSWORD)


@pytest.mark.parametrize(
    "body",
    [
        line_of(PASSWORD),
        line_of(PASSWORD) + "\r\n",
        line_of(PASSWORD).lower() + "\n",
        f"{0:035X}:1\r\n{line_of(PASSWORD)}\r\n{1:035X}:0",
        line_of(PASSWORD, 0) + "\n" + line_of(PASSWORD, 12345678),
    ],
)
def test_line_ends_and_letter_case_do_not_matter(lookup_at: Any, body: str) -> None:
    lookup, _ = lookup_at(say(answer(200, body.encode())))

    assert lookup.contains(PASSWORD)


def test_the_request_has_five_digits_of_the_hash_and_asks_for_padding(lookup_at: Any) -> None:
    lookup, server = lookup_at(range_api([PASSWORD]))
    lookup.contains(PASSWORD)

    (request,) = server.requests
    first, *headers = request.decode().split("\r\n")
    digits = sha1_digits(PASSWORD)
    assert first == f"GET {PATH}/{digits[:5]} HTTP/1.1"
    assert "Add-Padding: true" in headers
    assert digits[5:] not in request.decode().upper()
    assert not any(header.lower().startswith("authorization") for header in headers)


def test_a_connection_serves_several_look_ups(lookup_at: Any) -> None:
    lookup, server = lookup_at(range_api([PASSWORD]))

    assert [lookup.contains(PASSWORD) for _ in range(5)] == [True] * 5
    assert server.connections == 1


@pytest.mark.parametrize(
    ("act", "cause"),
    [
        (say(answer(429, b"", Retry_After="2")), "it answers with status 429"),
        (say(answer(500, b"oops")), "it answers with status 500"),
        (say(answer(503, b"")), "it answers with status 503"),
        (say(answer(404, line_of(PASSWORD).encode())), "it answers with status 404"),
        (say(answer(301, b"", Location="/elsewhere")), "it answers with status 301"),
        (say(answer(200, b"<html>welcome</html>")), "its answer is none of the range API"),
        (
            say(answer(200, f"{line_of(PASSWORD)}\r\n{PASSWORD}".encode())),
            "its answer is none of the range API",
        ),
        (say(answer(200, (line_of(PASSWORD) + "9" * 20).encode())), "its answer is none of the"),
        (say(answer(200, b"\xff\x00" * 100)), "its answer is none of the range API"),
        (say(answer(200, b"0" * 600_000)), "its answer is too long"),
        (say_and_hang_up(b"garbage\r\n\r\n"), "its answer is not HTTP"),
        (say_and_hang_up(OK + b"Content-Length: 99\r\n\r\n"), "cut off"),
        (reset, "it closed the connection"),
    ],
)
def test_without_a_usable_answer_the_password_passes_and_the_log_says_why(
    lookup_at: Any, act: Act, cause: str, caplog: pytest.LogCaptureFixture
) -> None:
    lookup, server = lookup_at(act)

    assert not lookup.contains(PASSWORD)
    assert not lookup.contains(PASSWORD)

    (line,) = warnings(caplog)
    assert line.startswith(f"the look-up of breached passwords at {server.url}{PATH} failed: ")
    assert cause in line


ENDLESS: dict[str, Act] = {
    "silent": stay_silent,
    "silent after the status line": say(OK),
    "slow in a header": trickle(OK + b"X-Long: ", b"x"),
    "slow in the body": trickle(OK + b"Content-Length: 60000\r\n\r\n", b"0"),
    "slow in lines": trickle(OK + b"\r\n", b"0" * 35 + b":1\r\n"),
    "slow in chunks": trickle(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n0\r\n"),
    "endless body": pour(OK + b"\r\n", b"0" * 35 + b":1\r\n"),
    "endless headers": pour(OK, b"X: y\r\n"),
}


@pytest.mark.parametrize("act", ENDLESS.values(), ids=ENDLESS)
def test_an_endless_response_is_given_up_in_time(
    lookup_at: Any, act: Act, caplog: pytest.LogCaptureFixture
) -> None:
    lookup, _ = lookup_at(act, time_limit=LIMIT, monotonic=monotonic)
    began = monotonic()

    assert not lookup.contains(PASSWORD)
    assert monotonic() - began < LONG
    assert len(warnings(caplog)) == 1


def test_no_server_at_all_is_an_outage_too(caplog: pytest.LogCaptureFixture) -> None:
    with HttpBreachedPasswords("http://127.0.0.1:1/range") as lookup:
        assert not lookup.contains(PASSWORD)

    (line,) = warnings(caplog)
    assert "no connection" in line


def test_the_log_says_when_it_works_again(lookup_at: Any, caplog: pytest.LogCaptureFixture) -> None:
    lookup, _ = lookup_at(say(answer(500, b"")), range_api([PASSWORD]))

    assert not lookup.contains(PASSWORD)
    assert lookup.contains(PASSWORD)
    assert warnings(caplog)[-1].endswith("works again")


def test_after_five_failures_in_a_row_no_one_is_asked_for_a_while(
    lookup_at: Any, time: ManualTime
) -> None:
    lookup, server = lookup_at(*[say(answer(500, b""))] * 5, range_api([PASSWORD]))

    assert [lookup.contains(PASSWORD) for _ in range(20)] == [False] * 20
    assert len(server.requests) == 5
    time.now += 10
    assert lookup.contains(PASSWORD)


def test_beyond_the_look_ups_at_a_time_a_password_passes_at_once(
    lookup_at: Any, caplog: pytest.LogCaptureFixture
) -> None:
    asked, answered = Event(), Event()

    def wait_then_answer(conversation: Conversation) -> None:
        asked.set()
        assert answered.wait(30)
        conversation.request.sendall(HIT)

    lookup, server = lookup_at(wait_then_answer, connections=1, time_limit=30)
    found: list[bool] = []
    thread = Thread(target=lambda: found.append(lookup.contains(PASSWORD)))
    thread.start()
    assert asked.wait(30)

    assert not lookup.contains(PASSWORD)
    assert len(server.requests) == 1
    assert "too many at a time" in warnings(caplog)[0]
    answered.set()
    thread.join(30)
    assert found == [True]
    assert lookup.contains(PASSWORD)


def test_a_closed_look_up_finds_nothing(lookup_at: Any) -> None:
    lookup, server = lookup_at(range_api([PASSWORD]))
    assert lookup.contains(PASSWORD)

    lookup.close()

    assert not lookup.contains(PASSWORD)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        {"url": "127.0.0.1"},
        {"url": "https://u:p@x/range"},
        {"url": "https://x/range?a"},
        {"time_limit": 0},
        {"time_limit": float("nan")},
        {"connections": 0},
    ],
)
def test_wrong_arguments_are_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        HttpBreachedPasswords(**{"url": "http://127.0.0.1:1/range", **arguments})
