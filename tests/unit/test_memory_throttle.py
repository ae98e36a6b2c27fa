"""The counter of login attempts in memory does not grow for ever."""

from datetime import timedelta

from support.builders import an_attempt

from cybershop_customer import LoginAttempt
from cybershop_customer.adapters.memory.login_throttle import MemoryLoginThrottle
from cybershop_customer.adapters.memory.tables import Tables


def test_windows_before_the_last_are_forgotten() -> None:
    tables = Tables()
    throttle = MemoryLoginThrottle(tables)
    first = an_attempt()
    windows = [first.window_ends_at + timedelta(minutes=15 * number) for number in range(4)]

    for window in windows:
        throttle.charge(LoginAttempt(first.key, window, first.limit))
        throttle.charge(an_attempt(window_ends_at=window))

    kept = {window for _key, window in tables.attempts}
    assert kept == {window.timestamp() for window in windows[2:]}
    assert len(tables.attempts) == 4


def test_what_was_refunded_takes_no_room() -> None:
    tables = Tables()
    throttle, attempt = MemoryLoginThrottle(tables), an_attempt()
    throttle.charge(attempt)

    throttle.refund(attempt)

    assert tables.attempts == {}
