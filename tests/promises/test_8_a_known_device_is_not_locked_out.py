"""Promise 8: no stranger keeps a customer from logging in on a known device."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest
from support.races import tasks as racing
from support.races.concurrent_users import RaceHarness

from cybershop_customer import (
    LoginRefusedError,
    LoginResult,
    TooManyAttemptsError,
)
from cybershop_customer.domain.device import MAX_DEVICES
from cybershop_customer.entrypoints.container import make_container
from cybershop_customer.entrypoints.services import Services
from cybershop_customer.entrypoints.settings import Settings
from cybershop_customer.entrypoints.testkit.clock import START

ATTACK_SECONDS: Final = 60
SOURCES: Final = [f"198.51.100.{number}" for number in range(50)]
OWNERS_SOURCE: Final = "192.0.2.1"
MOMENT: Final = timedelta(milliseconds=1)


def services_with_window(harness: RaceHarness, seconds: int) -> Services:
    """The service with so long a window, for 20 attempts."""
    settings = replace(
        Settings.demo_from_environ({}), login_attempts=20, login_window_seconds=seconds
    )
    container = make_container(settings)
    container.storage.override(harness.storage)
    container.clock.override(harness.clock)
    return container.services()


def log_in(services: Services, device_token: str | None = None) -> LoginResult:
    return services.sessions.login(
        customer_id="zoe",
        password=racing.PASSWORD,
        device_token=device_token,
        source=OWNERS_SOURCE,
    )


def attack(services: Services, first_source: int, device_token: str | None) -> int:
    """Guess 20 times, each time from another source; return how many guesses were admitted."""
    admitted = 0
    for number in range(20):
        with suppress(TooManyAttemptsError, LoginRefusedError):
            try:
                services.sessions.login(
                    customer_id="zoe",
                    password=racing.WRONG_PASSWORD,
                    device_token=device_token,
                    source=SOURCES[(first_source + number) % len(SOURCES)],
                )
            except LoginRefusedError:
                admitted += 1
    return admitted


@pytest.mark.parametrize("device_token", [None, "x" * 43], ids=["no_token", "invented_token"])
@pytest.mark.parametrize("window", [10, 900])
def test_the_owner_logs_in_on_a_known_device_throughout_an_attack(
    thread_harness: RaceHarness, window: int, device_token: str | None
) -> None:
    clock, services = thread_harness.clock, services_with_window(thread_harness, window)
    racing.add(services, "zoe")
    token = log_in(services).device_token
    edge = START.replace(microsecond=0)
    end = edge + timedelta(seconds=ATTACK_SECONDS)
    # Just before and just after each edge of the windows, as they were before budgets refilled.
    edges = [edge + number * timedelta(seconds=window) for number in range(60 // window + 1)]
    attacks = [moment for edge in edges for moment in (edge - MOMENT, edge + MOMENT)]
    logins = [edge + number * (end - edge) / 100 for number in range(100)]

    admitted = attacked = 0
    for moment in sorted([*attacks, *logins]):
        clock.moment = moment
        if moment in logins:
            assert log_in(services, token).device_token == token
        else:
            admitted += attack(services, 20 * attacked, device_token)
            attacked += 1
            with pytest.raises(TooManyAttemptsError):
                log_in(services)

    assert 0 < admitted < 20 * len(attacks)
    if window > ATTACK_SECONDS:
        assert admitted <= 20


@pytest.mark.parametrize("window", [10, 900])
def test_an_unknown_device_is_told_honestly_when_to_try_again(
    thread_harness: RaceHarness, window: int
) -> None:
    clock, services = thread_harness.clock, services_with_window(thread_harness, window)
    racing.add(services, "zoe")
    attack(services, 0, None)

    with pytest.raises(TooManyAttemptsError) as refusal:
        log_in(services)
    wait = refusal.value.retry_after

    assert 1 <= wait < window
    clock.advance(seconds=wait - 1)
    with pytest.raises(TooManyAttemptsError) as refusal:
        log_in(services)
    assert refusal.value.retry_after == 1
    clock.advance(seconds=1)
    assert log_in(services).device_token


def test_devices_that_log_in_at_once_all_become_known(harness: RaceHarness) -> None:
    racing.add(harness.services, "zoe")

    tokens = [str(token) for token in harness.race(racing.log_in_on_a_new_device, "zoe")]

    assert len(set(tokens)) == harness.racers <= MAX_DEVICES
    for token in tokens:
        again = harness.services.sessions.login(
            customer_id="zoe", password=racing.PASSWORD, device_token=token
        )
        assert again.device_token == token
