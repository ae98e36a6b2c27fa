"""The page about security has the limits that the code has."""

import re
from datetime import UTC, datetime, timedelta
from inspect import signature
from typing import Final

import pytest
from support.repository.checkout import ROOT

from cybershop_customer.adapters.bcrypt.cost import estimated_seconds
from cybershop_customer.adapters.dynamodb.audit_log import DAYS_A_PAGE
from cybershop_customer.adapters.dynamodb.call_limits import CallLimits
from cybershop_customer.adapters.memory.budgets import Budgets
from cybershop_customer.domain import audit_range
from cybershop_customer.domain.attempt import Attempt
from cybershop_customer.domain.device import DEVICE_BYTES, MAX_DEVICES, MAX_STORED_DEVICES
from cybershop_customer.domain.rate_limit import RateLimit
from cybershop_customer.domain.services import shared_feed
from cybershop_customer.domain.session import SECRET_BYTES
from cybershop_customer.domain.session_opening import MAX_REVOCATIONS
from cybershop_customer.entrypoints.http.request_schema import MAX_BYTES
from cybershop_customer.entrypoints.http.serving.limits import (
    MAX_BUFFERED_BYTES,
    MAX_HEADER_BYTES,
    MAX_HEADER_FIELDS,
)
from cybershop_customer.entrypoints.log_formats import FIELDS
from cybershop_customer.entrypoints.settings import SETTINGS as SETTING_TABLE
from cybershop_customer.entrypoints.settings import Settings

PAGE: Final = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
SETTINGS: Final = Settings()
RUNBOOK: Final = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
START: Final = datetime(2026, 1, 31, tzinfo=UTC)


def cells(first: str) -> list[str]:
    """The other cells of the row whose first cell is ``first``."""
    (line,) = [line for line in PAGE.splitlines() if line.startswith(f"| {first} | ")]
    return [cell.strip() for cell in line.strip("|").split(" | ")][1:]


def admitted(rate_limit: RateLimit, span: timedelta) -> int:
    """How many attempts someone is admitted in ``span`` who begins with a full budget."""
    count, full_at, now = 0, None, START
    while now < START + span:
        counted = Attempt.of("id:zoe", at=now, rate_limit=rate_limit).counted_in(full_at)
        if counted is not None:
            count, full_at = count + 1, counted
        else:
            assert full_at is not None
            now = full_at - (rate_limit.burst - 1) * rate_limit.interval
    return count


def figures(rate_limit: RateLimit, budgets: int = 1) -> list[str]:
    """At once, in a minute, an hour, the first day and a later day."""
    day = timedelta(days=1)
    first_day = admitted(rate_limit, day)
    numbers = [
        rate_limit.burst,
        admitted(rate_limit, timedelta(minutes=1)),
        admitted(rate_limit, timedelta(hours=1)),
        first_day,
        admitted(rate_limit, 2 * day) - first_day,
    ]
    return [f"{budgets * number:,}" for number in numbers]


@pytest.mark.parametrize(
    ("attempts", "rate_limit", "budgets"),
    [
        ("failed logins of one `customer_id`", SETTINGS.session_policy.login_rate_limit, 1),
        ("failed logins of one e-mail address", SETTINGS.session_policy.login_rate_limit, 1),
        (
            "failed logins of an id and its address together",
            SETTINGS.session_policy.login_rate_limit,
            2,
        ),
        ("failed logins on one known device", SETTINGS.session_policy.login_rate_limit, 1),
        ("failed logins from one source", SETTINGS.source_policy.failures, 1),
        (
            "registrations from one source (demo: no limit)",
            SETTINGS.source_policy.registrations,
            1,
        ),
        (
            "mails with a link asked for from one source (demo: no limit)",
            SETTINGS.source_policy.mails,
            1,
        ),
        (
            "mails with a link of one kind asked for under one `customer_id` or address",
            SETTINGS.account_policy.mails,
            1,
        ),
        ("links of one kind to one address", SETTINGS.account_policy.mails, 1),
        ("changes of the own address", SETTINGS.account_policy.email_changes, 1),
        ("exports of the own data", SETTINGS.account_policy.exports, 1),
        ("notices that someone named a customer's address", SETTINGS.account_policy.notices, 1),
    ],
)
def test_the_page_says_how_many_attempts_are_admitted(
    attempts: str, rate_limit: RateLimit, budgets: int
) -> None:
    assert cells(attempts)[:5] == figures(rate_limit, budgets)


def test_the_text_has_the_numbers_of_the_table() -> None:
    limit = SETTINGS.session_policy.login_rate_limit
    assert f"admit {figures(limit, 2)[-1]} failures a day" in PAGE
    assert f"shut for at most {limit.interval.seconds} seconds" in PAGE


def test_the_page_has_the_places_of_the_hashing_lane() -> None:
    places = SETTINGS.hashing_places
    assert cells("requests that hash a password or wait for it")[0].startswith(f"{places},")
    assert cells("of these, one source while others compete")[0] == str(places // 2)
    reserved = cells("of these, reserved for known devices, admins and the operator")[0]
    assert reserved == str(max(1, places // 4))
    # Stated roundly: they depend on the processor.
    a_second = 1 / estimated_seconds(SETTINGS.bcrypt_rounds)
    stated = cells("hashed passwords, for each hashing thread")[0]
    assert stated == "about 4 a second, 240 a minute, 350,000 a day"
    assert (round(a_second), round(a_second * 86_400, -4)) == (4, 350_000)


def test_the_page_has_the_other_limits() -> None:
    limits = SETTINGS.server_limits
    assert cells("requests at a time")[0].startswith(f"{SETTINGS.threads} (")
    room = {name: parameter.default for name, parameter in signature(Budgets).parameters.items()}
    shared = f"{room['max_names']:,}; others share {room['buckets']:,}"
    assert cells("sources, or names in memory, with a count of their own")[0] == shared
    assert cells("connections")[0].startswith(f"{limits.connections:,} (")
    assert cells("connections of one source")[0].startswith(f"{limits.source_limit} (")
    arrival = cells("time of a request to arrive, and of its answer to be read")[0]
    assert arrival.startswith(f"{limits.request_seconds:g} seconds")
    idle = cells("time of an idle connection")[0]
    assert idle.startswith(f"{limits.keep_alive_seconds:g} seconds")
    sizes = f"{MAX_BYTES:,} bytes; {MAX_HEADER_BYTES // 1024} KiB and {MAX_HEADER_FIELDS} fields"
    assert cells("body, headers of a request")[0] == sizes
    assert cells("incomplete requests together")[0] == f"{MAX_BUFFERED_BYTES // 1024**2} MiB"
    call = f"{SETTINGS.dynamodb_time_limit_seconds} seconds, {SETTINGS.dynamodb_attempts} attempts"
    assert cells("call of DynamoDB")[0] == call
    together = CallLimits(time_limit=SETTINGS.dynamodb_time_limit_seconds).use_case_limit
    assert cells("all calls of one use case to DynamoDB")[0] == f"{together} seconds"
    look_ups = cells("look-ups of breached passwords at a time")[0]
    assert look_ups.startswith(f"{SETTINGS.threads // 4}, ")


def test_the_page_has_the_limits_of_a_customer_and_of_a_page() -> None:
    policy = SETTINGS.session_policy
    assert cells("live sessions")[0].startswith(f"{policy.max_sessions} (")
    idle, longest = policy.idle // timedelta(minutes=1), policy.max_lifetime // timedelta(hours=1)
    life = f"{idle} minutes without use, {longest} hours in all"
    assert cells("life of a session")[0] == life
    devices = f"{MAX_DEVICES}; up to {MAX_STORED_DEVICES} after logins at the same moment"
    assert cells("known devices")[0] == devices
    assert cells("traces of sessions that ended")[0].startswith(f"{MAX_REVOCATIONS} ")
    log = cells("records in a page of the audit log")[0]
    assert log.startswith(f"{audit_range.MAX_PAGE:,} ")
    assert f"and {DAYS_A_PAGE} days" in log
    feed = cells("entries in a page of the session change feed")[0]
    assert feed == f"{shared_feed.MAX_PAGE:,}"
    kept = cells("audit records, ids of deleted customers")[0]
    assert kept.startswith(f"{SETTINGS.audit_retention.days} days")


def test_the_page_has_the_fields_of_the_request_log() -> None:
    assert re.findall(r"`(\w+)`", cells("`request`, one line for each request")[0]) == [*FIELDS]


def test_the_page_has_the_strength_of_the_random_secrets() -> None:
    assert f"{8 * SECRET_BYTES} random bits" in cells("`context_id`")[1]
    assert f"{8 * DEVICE_BYTES} random bits" in cells("`device_token`")[1]
    assert re.search(rf"cost {SETTINGS.bcrypt_rounds}\b", PAGE)


def test_the_runbook_and_the_settings_have_the_same_numbers_of_failed_logins() -> None:
    limit = SETTINGS.session_policy.login_rate_limit
    section = RUNBOOK.partition("\n## Unlock a customer\n")[2].partition("\n## ")[0]
    minutes = limit.window // timedelta(minutes=1)
    for told in (
        f"After {limit.burst} failed logins in a row",
        f"every {limit.interval // timedelta(seconds=1)} seconds",
        f"no {minutes} minutes have more than {limit.limit}",
        f"`CUSTOMER_LOGIN_ATTEMPTS` ({limit.limit})",
        f"`CUSTOMER_LOGIN_WINDOW_SECONDS` ({limit.window // timedelta(seconds=1)})",
    ):
        assert told in section
    meaning = SETTING_TABLE["login_attempts"].meaning
    assert f"three quarters of them in a row, `{limit.burst}` by default" in meaning
    assert SETTING_TABLE["login_attempts"].default == limit.limit
