"""The process of the service dies or hangs, and comes back."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from time import monotonic

import pytest
from support.processes.service_process import ServiceProcess

from cybershop_customer import CheckerUnavailableError, Session, SessionRefusedError
from cybershop_customer.adapters.http_client.session_checker import HttpSessionChecker

DEMO = {
    "CUSTOMER_STORAGE": "memory",
    "CUSTOMER_ADMIN_ID": "admin",
    "CUSTOMER_ADMIN_PASSWORD": "a known one",
    "CUSTOMER_PASSWORD_BLOCKLIST": "false",
    "CUSTOMER_BCRYPT_ROUNDS": "4",
}
LIMIT = 0.3
LONG = 5.0
LIMITS = 60.0
"""Seconds after which the test gives up."""


@contextmanager
def service(log: Path, port: int = 0) -> Iterator[ServiceProcess]:
    process = ServiceProcess(DEMO, log, port=port)
    try:
        yield process
    finally:
        process.kill()


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "service.log"


def log_in(url: str) -> str:
    import urllib3

    message = {"customer_id": "admin", "password": DEMO["CUSTOMER_ADMIN_PASSWORD"]}
    answer = urllib3.request("PUT", f"{url}/api/v1/customer/login", json=message, retries=False)
    context_id: str = answer.json()["context_id"]
    return context_id


def fails_in_time(checker: HttpSessionChecker, context_id: str) -> None:
    began = monotonic()
    with pytest.raises(CheckerUnavailableError):
        checker.check_session(context_id)
    assert monotonic() - began < LONG


def first_answer(check: Callable[[], Session]) -> Session | SessionRefusedError:
    """The first answer after the checker has recovered by itself."""
    give_up_at = monotonic() + LIMITS
    pause = Event()
    while monotonic() < give_up_at:
        try:
            return check()
        except SessionRefusedError as refusal:
            return refusal
        except CheckerUnavailableError:
            # Nothing signals the recovery, so the test repeats the check.
            pause.wait(0.01)
    raise AssertionError("it did not recover")


def test_a_service_that_hangs_and_goes_on(log: Path) -> None:
    with service(log) as process:
        checker = HttpSessionChecker(process.url, time_limit=LIMIT)
        context_id = log_in(process.url)
        before = checker.check_session(context_id, role="admin")

        os.kill(process.pid, signal.SIGSTOP)
        try:
            for _ in range(10):
                fails_in_time(checker, context_id)
        finally:
            os.kill(process.pid, signal.SIGCONT)

        assert first_answer(lambda: checker.check_session(context_id)) == before
        checker.close()


def test_a_service_that_is_killed_and_started_again(log: Path) -> None:
    with service(log) as process:
        port = process.port
        checker = HttpSessionChecker(process.url, time_limit=LIMIT)
        context_id = log_in(process.url)
        checker.check_session(context_id)

    for _ in range(10):
        fails_in_time(checker, context_id)

    with service(log, port) as process:
        after = first_answer(lambda: checker.check_session(context_id))
        # The sessions were in the memory of the killed process.
        assert isinstance(after, SessionRefusedError)
        assert checker.check_session(log_in(process.url)).roles == {"admin"}
    checker.close()
