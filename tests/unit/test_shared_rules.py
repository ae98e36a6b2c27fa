"""Rules that several parts use have one owner, such as the feed's token and time limits."""

import re
from dataclasses import replace
from secrets import token_hex
from typing import Any

import pytest
from support.repository.checkout import ROOT, sources

from cybershop_customer import SettingsError
from cybershop_customer.adapters.dynamodb.call_limits import CallLimits
from cybershop_customer.adapters.dynamodb.feed_shards import MAX_SHARDS
from cybershop_customer.adapters.http_client.session_feed import HttpSessionFeed
from cybershop_customer.domain.feed_token import (
    feed_token_fault,
    feed_tokens_fault,
    split_feed_tokens,
)
from cybershop_customer.domain.loopback import is_loopback
from cybershop_customer.entrypoints.container import memory_container
from cybershop_customer.entrypoints.http.app import create_app
from cybershop_customer.entrypoints.session_checkers import (
    dynamodb_session_checker,
    http_session_checker,
)
from cybershop_customer.entrypoints.settings import Settings

URL = "http://127.0.0.1:1"
TOKEN = "0123456789abcdef0123456789ABCDEF"
GOOD_TOKENS = [TOKEN, "".join(map(str, range(208)))[:512], "feed-token-AbC123._~+/0123456789=="]
BAD_TOKENS = [
    "",
    "x" * 31,
    "x" * 513,
    "x" * 31 + " ",
    "x" * 32 + "\n",
    "ä" * 32,
    "=" * 32,
    "a b" * 20,
]
WEAK_TOKENS = [
    "x" * 32,
    "x" * 31 + "y",
    "0123456789abcdef" * 2,
    "0123456789abcdef" * 32 + "==",
    "secret" * 6,
    "aaaabbbbccccddddeeeeffffggggaaaa",
]
LONG = 60


def fault_of(call: Any) -> str | None:
    try:
        call()
    except SettingsError as error:
        (fault,) = error.faults
        return fault.detail
    return None


def token_faults(token: Any) -> set[str | None]:
    """What each part that takes a token says of this one."""
    return {
        feed_token_fault(token),
        fault_of(lambda: replace(Settings(), session_feed=True, session_feed_token=token)),
        fault_of(lambda: HttpSessionFeed(URL, token).close()),
        fault_of(lambda: create_app(memory_container().services(), feed_token=token)),
    }


@pytest.mark.parametrize("token", GOOD_TOKENS)
def test_a_good_token_is_taken_by_every_part(token: str) -> None:
    assert token_faults(token) == {None}


@pytest.mark.parametrize("token", BAD_TOKENS)
def test_a_bad_token_is_refused_by_every_part_in_the_same_words(token: str) -> None:
    (fault,) = token_faults(token)

    assert fault is not None
    assert fault.startswith("must have 32 to 512 characters")
    assert not token or token not in fault


@pytest.mark.parametrize("token", WEAK_TOKENS)
def test_a_token_that_can_be_guessed_is_refused_by_every_part_in_the_same_words(token: str) -> None:
    assert token_faults(token) == {"must be random; `openssl rand -hex 32` makes one"}


TWO = f"{TOKEN},feed-token-AbC123._~+/0123456789=="


@pytest.mark.parametrize("tokens", [TWO, TWO.replace(",", " , "), TWO.split(","), set(GOOD_TOKENS)])
def test_several_tokens_may_be_set(tokens: Any) -> None:
    assert feed_tokens_fault(tokens) is None
    assert len(split_feed_tokens(tokens)) >= 2
    assert fault_of(lambda: create_app(memory_container().services(), feed_token=tokens)) is None
    if isinstance(tokens, str):
        settings = replace(Settings(), session_feed=True, session_feed_token=tokens)
        assert settings.session_feed_token == tokens


@pytest.mark.parametrize(
    ("tokens", "number"),
    [(f"{TOKEN},short", 2), (f",{TOKEN}", 1), (f"{TOKEN},", 2), (f"{TOKEN},{'x' * 32},y", 2)],
)
def test_the_fault_of_several_tokens_says_which_one_and_shows_none(
    tokens: str, number: int
) -> None:
    faults = {
        feed_tokens_fault(tokens),
        feed_tokens_fault(tokens.split(",")),
        fault_of(lambda: replace(Settings(), session_feed=True, session_feed_token=tokens)),
        fault_of(lambda: create_app(memory_container().services(), feed_token=tokens)),
    }

    (fault,) = faults
    assert fault is not None
    assert fault.startswith("must ")
    assert fault.endswith(f"(token {number} of {tokens.count(',') + 1})")
    assert TOKEN not in fault
    assert "xxx" not in fault


def test_no_token_at_all_is_a_fault() -> None:
    assert feed_tokens_fault([]) == "must have a token"


def test_a_follower_sends_one_token() -> None:
    assert fault_of(lambda: HttpSessionFeed(URL, TWO))


def test_random_tokens_keep_the_rule() -> None:
    assert {feed_token_fault(token_hex(16)) for _ in range(1000)} == {None}


@pytest.mark.parametrize("token", [None, 5, b"x" * 32])
def test_what_is_no_text_is_no_token(token: object) -> None:
    assert feed_token_fault(token)


@pytest.mark.parametrize("seconds", [0, -1, LONG + 0.1, float("inf"), float("nan"), "3"])
def test_a_wrong_time_limit_is_refused_by_every_checker_in_the_same_words(seconds: Any) -> None:
    told = {
        fault_of(lambda: http_session_checker(URL, time_limit=seconds)),
        fault_of(lambda: dynamodb_session_checker(URL, time_limit=seconds)),
        fault_of(lambda: HttpSessionFeed(URL, TOKEN, time_limit=seconds)),
        fault_of(lambda: CallLimits.of_one_attempt(seconds)),
    }

    assert told == {"must be a number of seconds above 0, at most 60"}


@pytest.mark.parametrize("shards", [0, -1, MAX_SHARDS + 1, 1.5, "4", None])
def test_a_checker_that_would_miss_changes_of_the_feed_is_not_made(shards: Any) -> None:
    fault = fault_of(lambda: dynamodb_session_checker(URL, follow_feed=True, feed_shards=shards))

    assert fault == f"must be a whole number from 1 to {MAX_SHARDS}"
    settings = Settings.from_environ({"CUSTOMER_SESSION_FEED_SHARDS": str(MAX_SHARDS)})
    assert settings.session_feed_shards == MAX_SHARDS


@pytest.mark.parametrize("seconds", [0.1, 3.0, LONG])
def test_one_silent_attempt_takes_the_whole_time_limit(seconds: float) -> None:
    limits = CallLimits.of_one_attempt(seconds)

    assert limits.time_limit == seconds
    assert limits.max_attempt_seconds == pytest.approx(seconds)


@pytest.mark.parametrize(
    "host", ["localhost", "LocalHost", "127.0.0.1", "127.8.8.8", "::1", "[::1]"]
)
def test_this_machine_alone(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["", "0.0.0.0", "::", "192.168.1.7", "shop.example", "localhost.x", "127.0.0.1.nip.io"]
)
def test_other_machines_can_reach_these(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("rule", "owner"),
    [
        (r"\.is_loopback\b", "domain/loopback.py"),
        (r"32,512", "domain/feed_token.py"),
        (r"number of seconds above 0", "adapters/time_limit.py"),
        (r'"ThrottlingException"', "adapters/dynamodb/call_failure.py"),
        (r"(?s)except StoreFaultError.{1,40}CheckerUnav", "domain/services/checker_errors.py"),
    ],
)
def test_no_other_module_states_the_rule(rule: str, owner: str) -> None:
    found = [str(path) for path in sources() if re.search(rule, (ROOT / path).read_text("utf-8"))]

    assert found == [owner]
