"""Settings that belong together, and what is made of them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from support.services.settings import ADMIN, faults_of

from cybershop_customer import (
    AccountPolicy,
    PasswordPolicy,
    RateLimit,
    SessionPolicy,
    SourcePolicy,
)
from cybershop_customer.adapters.common_passwords.password_blocklist import CommonPasswordBlocklist
from cybershop_customer.adapters.dynamodb.call_limits import CallLimits
from cybershop_customer.adapters.memory.password_blocklist import MemoryPasswordBlocklist
from cybershop_customer.entrypoints.http.serving.limits import ServerLimits
from cybershop_customer.entrypoints.password_blocklist import make_password_blocklist
from cybershop_customer.entrypoints.settings import Settings

PRODUCTION = Settings()


def test_idle_time_is_not_more_than_the_longest_life() -> None:
    equal = {"CUSTOMER_SESSION_IDLE_SECONDS": "60", "CUSTOMER_SESSION_MAX_SECONDS": "60"}
    assert Settings.from_environ(equal).session_policy.idle == timedelta(minutes=1)

    faults = faults_of({**equal, "CUSTOMER_SESSION_IDLE_SECONDS": "61"})

    assert faults == {
        "CUSTOMER_SESSION_IDLE_SECONDS": "must not be more than CUSTOMER_SESSION_MAX_SECONDS"
    }


def test_a_source_has_no_more_connections_than_there_are() -> None:
    equal = {"CUSTOMER_CONNECTIONS": "50", "CUSTOMER_CONNECTIONS_PER_SOURCE": "50"}
    assert Settings.from_environ(equal).server_limits.source_limit == 50
    assert Settings.from_environ({"CUSTOMER_CONNECTIONS": "50"}).server_limits.source_limit == 25

    assert faults_of({**equal, "CUSTOMER_CONNECTIONS_PER_SOURCE": "51"}) == {
        "CUSTOMER_CONNECTIONS_PER_SOURCE": "must not be more than CUSTOMER_CONNECTIONS"
    }


@pytest.mark.parametrize(
    ("threads", "hashing_threads", "hashing_queue"),
    [
        ("8", "6", "0"),
        ("8", "1", "5"),
        ("8", "6", None),
        ("8", None, "5"),
        ("4", "1", "1"),
        ("4", None, None),
    ],
)
def test_hashing_leaves_two_request_threads_free(
    threads: str, hashing_threads: str | None, hashing_queue: str | None
) -> None:
    given = {
        "CUSTOMER_THREADS": threads,
        "CUSTOMER_HASHING_THREADS": hashing_threads,
        "CUSTOMER_HASHING_QUEUE": hashing_queue,
    }
    environ = {name: text for name, text in given.items() if text is not None}
    assert Settings.from_environ(environ).hashing_places == int(threads) - 2

    fewer = {"CUSTOMER_THREADS": str(int(threads) - 1)}
    if hashing_threads is None and hashing_queue is None:
        assert faults_of(fewer) == {"CUSTOMER_THREADS": "must be a whole number from 4 to 256"}
        return
    ((variable, detail),) = faults_of({**environ, **fewer}).items()
    if variable != "CUSTOMER_THREADS":
        names = ["CUSTOMER_HASHING_THREADS", "CUSTOMER_HASHING_QUEUE"]
        other = names[1 - names.index(variable)]
        most = int(threads) - 3
        assert detail == (
            f"and {other} must together be at most {most}, which is CUSTOMER_THREADS less 2"
        )


def test_a_call_of_dynamodb_has_time_for_one_attempt() -> None:
    assert Settings.from_environ({"CUSTOMER_DYNAMODB_TIME_LIMIT_SECONDS": "3"})

    assert list(faults_of({"CUSTOMER_DYNAMODB_TIME_LIMIT_SECONDS": "2"})) == [
        "CUSTOMER_DYNAMODB_TIME_LIMIT_SECONDS"
    ]


def test_an_admin_has_an_id_and_a_password() -> None:
    settings = Settings.from_environ(ADMIN)

    assert (settings.admin_id, settings.admin_password) == ("root", "correct horse")


@pytest.mark.parametrize("demo", [False, True])
@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ("CUSTOMER_ADMIN_ID", "CUSTOMER_ADMIN_PASSWORD"),
        ("CUSTOMER_ADMIN_PASSWORD", "CUSTOMER_ADMIN_ID"),
    ],
)
def test_one_without_the_other_is_a_fault(given: str, missing: str, demo: bool) -> None:
    assert faults_of({given: ADMIN[given]}, demo=demo) == {
        missing: f"must be set too, since {given} is"
    }


def test_a_wrong_id_is_not_called_missing_too() -> None:
    assert list(faults_of({**ADMIN, "CUSTOMER_ADMIN_ID": "a b"})) == ["CUSTOMER_ADMIN_ID"]


@pytest.mark.parametrize("password", ["short", "password1", "the-admin", "cybershop", "x" * 1025])
def test_the_admins_password_follows_the_rules_and_is_not_repeated(password: str) -> None:
    environ = {"CUSTOMER_ADMIN_ID": "the-admin", "CUSTOMER_ADMIN_PASSWORD": password}

    faults = faults_of(environ)

    assert list(faults) == ["CUSTOMER_ADMIN_PASSWORD"]
    assert password not in faults["CUSTOMER_ADMIN_PASSWORD"]


def test_the_rules_are_those_of_the_other_settings() -> None:
    lax = {"CUSTOMER_PASSWORD_MIN_LENGTH": "1", "CUSTOMER_PASSWORD_BLOCKLIST": "false"}

    assert Settings.from_environ({**ADMIN, **lax, "CUSTOMER_ADMIN_PASSWORD": "flash"})


def test_the_settings_never_show_the_password() -> None:
    assert "correct horse" not in repr(Settings.from_environ(ADMIN))


FEED = {
    "CUSTOMER_SESSION_FEED": "true",
    "CUSTOMER_SESSION_FEED_TOKEN": "0123456789abcdef0123456789ABCDEF",
}


@pytest.mark.parametrize("demo", [False, True])
def test_a_token_of_a_feed_that_is_off_is_a_fault(demo: bool) -> None:
    token = {"CUSTOMER_SESSION_FEED_TOKEN": FEED["CUSTOMER_SESSION_FEED_TOKEN"]}

    assert faults_of(token, demo=demo) == {
        "CUSTOMER_SESSION_FEED": "must be true, since CUSTOMER_SESSION_FEED_TOKEN is set"
    }


def test_with_the_feed_no_write_may_take_long() -> None:
    """Each look at the feed goes back a minute, whatever a write takes and clocks differ."""
    variable, feed = "CUSTOMER_DYNAMODB_TIME_LIMIT_SECONDS", {"CUSTOMER_SESSION_FEED": "true"}

    assert list(faults_of({variable: "31", **feed})) == [variable]
    for environ in ({variable: "30", **feed}, {variable: "31"}):
        assert Settings.from_environ(environ)


def test_no_shard_is_written_that_is_not_read() -> None:
    read, written = "CUSTOMER_SESSION_FEED_SHARDS", "CUSTOMER_SESSION_FEED_WRITE_SHARDS"

    assert faults_of({read: "3", written: "4"}) == {
        written: "must not be more than CUSTOMER_SESSION_FEED_SHARDS, which is 3."
        " Raise that first, in every process"
    }
    assert Settings.from_environ({read: "4", written: "4"}).session_feed_write_shards == 4
    assert Settings.from_environ({read: "4"}).session_feed_write_shards == 1


def test_the_feed_is_on_with_or_without_a_token() -> None:
    assert Settings.from_environ(FEED).session_feed_token == FEED["CUSTOMER_SESSION_FEED_TOKEN"]
    assert Settings.from_environ({"CUSTOMER_SESSION_FEED": "true"}).session_feed


def test_the_settings_never_show_the_token() -> None:
    assert FEED["CUSTOMER_SESSION_FEED_TOKEN"] not in repr(Settings.from_environ(FEED))


def test_a_follower_of_the_feed_cannot_introspect_with_its_token() -> None:
    token = FEED["CUSTOMER_SESSION_FEED_TOKEN"]
    variable = "CUSTOMER_INTROSPECTION_TOKENS"
    faults = faults_of({**FEED, variable: f"orders={token}"})

    assert faults == {variable: "must have other secrets than CUSTOMER_SESSION_FEED_TOKEN"}

    settings = Settings.from_environ({**FEED, variable: f"orders={token[::-1]}"})
    assert token[::-1] not in repr(settings)


def test_the_policies_are_made_of_the_settings() -> None:
    settings = replace(
        PRODUCTION,
        password_min_length=15,
        password_context_words="Star Labs, flash",
        session_idle_seconds=60,
        session_max_seconds=120,
        max_sessions=3,
        login_attempts=4,
        login_window_seconds=5,
    )

    assert settings.password_policy == PasswordPolicy(
        min_length=15, context_words=("Star Labs", "flash")
    )
    assert settings.session_policy == SessionPolicy(
        idle=timedelta(seconds=60),
        max_lifetime=timedelta(seconds=120),
        max_sessions=3,
        login_attempts=4,
        login_window_seconds=5,
    )


def test_the_budgets_of_a_source_are_made_of_the_settings() -> None:
    settings = replace(
        PRODUCTION,
        source_failures=7,
        source_failures_window_seconds=60,
        source_registrations=9,
        source_registrations_window_seconds=120,
        source_mails=11,
        source_mails_window_seconds=180,
    )

    assert settings.source_policy == SourcePolicy(
        failures=RateLimit(7, timedelta(minutes=1)),
        registrations=RateLimit(9, timedelta(minutes=2)),
        mails=RateLimit(11, timedelta(minutes=3)),
    )


def test_zero_is_no_limit_of_a_source() -> None:
    unlimited = replace(PRODUCTION, source_failures=0, source_registrations=0, source_mails=0)
    demo = Settings.demo_from_environ({})

    assert unlimited.source_policy == SourcePolicy(failures=None, registrations=None, mails=None)
    assert demo.source_policy == SourcePolicy(registrations=None, mails=None)


def test_the_defaults_are_those_of_the_policies() -> None:
    assert PRODUCTION.session_policy == SessionPolicy()
    assert PRODUCTION.source_policy == SourcePolicy()
    assert PRODUCTION.account_policy == AccountPolicy()
    assert PRODUCTION.password_policy == PasswordPolicy()
    assert PRODUCTION.server_limits == ServerLimits()


def test_the_defaults_are_those_of_the_limits_of_a_call() -> None:
    limits = CallLimits()

    assert PRODUCTION.dynamodb_connect_timeout_seconds == limits.connect_timeout
    assert PRODUCTION.dynamodb_read_timeout_seconds == limits.read_timeout
    assert PRODUCTION.dynamodb_attempts == limits.attempts
    assert PRODUCTION.dynamodb_time_limit_seconds == limits.time_limit


@pytest.mark.parametrize(
    ("switch", "kind"), [(True, CommonPasswordBlocklist), (False, MemoryPasswordBlocklist)]
)
def test_the_blocklist_can_be_switched_off(switch: bool, kind: type[Any]) -> None:
    blocklist = make_password_blocklist(replace(PRODUCTION, password_blocklist=switch))

    assert type(blocklist) is kind
    assert blocklist.contains("password1") is switch


MAIL = {
    "CUSTOMER_SMTP_URL": "smtp://mail.shop.example",
    "CUSTOMER_MAIL_FROM": "Cybershop <no-reply@shop.example>",
    "CUSTOMER_LINK_URL": "https://shop.example/account",
}


@pytest.mark.parametrize("missing", ["CUSTOMER_MAIL_FROM", "CUSTOMER_LINK_URL"])
def test_a_mail_server_needs_a_sender_and_links(missing: str) -> None:
    given = {name: text for name, text in MAIL.items() if name != missing}

    assert faults_of(given) == {missing: "must be set, since CUSTOMER_SMTP_URL is"}


def test_email_verification_needs_mail_and_unique_addresses() -> None:
    required = {"CUSTOMER_EMAIL_VERIFICATION": "required"}
    assert Settings.from_environ({**MAIL, **required}).email_verification == "required"
    assert Settings.demo_from_environ(required).email_verification == "required"

    because = "since CUSTOMER_EMAIL_VERIFICATION is required"
    assert faults_of({**required, "CUSTOMER_UNIQUE_EMAIL": "false"}) == {
        "CUSTOMER_UNIQUE_EMAIL": f"must be true, {because}",
        "CUSTOMER_SMTP_URL": f"must be set, {because}",
    }


def test_links_are_printed_only_on_loopback() -> None:
    printed = {"CUSTOMER_SMTP_URL": "log:"}
    assert Settings.from_environ({**printed, "CUSTOMER_HOST": "::1"}).smtp_url == "log:"

    assert faults_of(printed).keys() == {"CUSTOMER_SMTP_URL"}
