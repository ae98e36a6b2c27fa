"""The service is up but not ready until the work of its start has succeeded."""

import logging
from contextlib import suppress
from threading import Event, Thread
from threading import enumerate as enumerate_threads

import pytest
from support.http.transports import TIMEOUT

from cybershop_customer import ServiceBusyError, StoreFaultError, StoreProbe, StoreUnavailableError
from cybershop_customer.adapters.sqlite.errors import FileUnavailableError
from cybershop_customer.entrypoints.http import startup_task
from cybershop_customer.entrypoints.http.problem import problem_from_service_error
from cybershop_customer.entrypoints.http.startup_task import StartupTask

REFUSALS = [StoreUnavailableError(), StoreFaultError("table missing"), ServiceBusyError()]


class Probe(StoreProbe):
    """Counts its calls."""

    def __init__(self) -> None:
        self.asked = 0

    def probe(self) -> None:
        self.asked += 1


class Prepare:
    """Raises each of ``errors`` in turn, then succeeds."""

    def __init__(self, *errors: Exception) -> None:
        self._errors = list(errors)
        self.called = 0

    def __call__(self) -> None:
        self.called += 1
        if self._errors:
            raise self._errors.pop(0)


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(startup_task, "RETRY_SECONDS", 0.0)


def assert_set(event: Event) -> None:
    assert event.wait(TIMEOUT)


def wait_for_the_background() -> None:
    """Return when no preparation runs any more."""
    for thread in enumerate_threads():
        if thread.name == "startup-task":
            thread.join(TIMEOUT)
            assert not thread.is_alive()


def test_it_is_ready_at_once_where_the_store_is() -> None:
    prepare, probe = Prepare(), Probe()
    prepared = StartupTask(prepare, probe)

    prepared.start(TIMEOUT)
    prepared.probe()

    assert (prepare.called, probe.asked) == (1, 1)


def test_it_is_not_ready_before_it_has_begun() -> None:
    probe = Probe()

    with pytest.raises(StoreUnavailableError) as refused:
        StartupTask(Prepare(), probe).probe()
    assert str(refused.value) == "the service is starting and not ready yet"
    assert probe.asked == 0


def test_it_tries_until_the_store_lets_it(caplog: pytest.LogCaptureFixture) -> None:
    prepare, probe = Prepare(*REFUSALS * 2), Probe()
    prepared = StartupTask(prepare, probe)

    prepared.start(TIMEOUT)

    wait_for_the_background()
    prepared.probe()
    assert (prepare.called, probe.asked) == (2 * len(REFUSALS) + 1, 1)
    warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warnings) == 2 * len(REFUSALS)
    assert "table missing" in caplog.text
    assert "not ready: the store is unavailable" in caplog.messages
    assert "changed" not in caplog.text


def test_a_caller_learns_that_the_service_is_starting() -> None:
    with pytest.raises(StoreUnavailableError) as refused:
        StartupTask(Prepare(), Probe()).probe()

    problem = problem_from_service_error(refused.value, conditional=False)

    assert (problem.type.name, problem.type.status) == ("store-unavailable", 503)
    assert problem.detail == "The service is starting and not ready yet."
    assert problem.headers["Retry-After"] == "0"


@pytest.mark.parametrize("refusal", REFUSALS)
def test_it_says_that_it_is_not_ready_as_long_as_it_is_not(
    monkeypatch: pytest.MonkeyPatch, refusal: Exception
) -> None:
    monkeypatch.setattr(startup_task, "RETRY_SECONDS", 3600.0)
    prepare, probe = Prepare(refusal), Probe()
    prepared = StartupTask(prepare, probe)

    prepared.start(TIMEOUT)

    with pytest.raises(StoreUnavailableError) as refused:
        prepared.probe()
    assert refused.value.retry_after == 3600
    assert probe.asked == 0
    prepared.stop()
    wait_for_the_background()
    assert prepare.called == 1


def test_a_slow_try_blocks_no_caller() -> None:
    go_on = Event()
    prepared = StartupTask(lambda: assert_set(go_on), Probe())

    prepared.start(0.0)
    with pytest.raises(StoreUnavailableError):
        prepared.probe()

    go_on.set()
    wait_for_the_background()
    prepared.probe()


def test_however_often_it_is_started_it_runs_once() -> None:
    prepare = Prepare()
    prepared = StartupTask(prepare, Probe())

    prepared.start(TIMEOUT)
    prepared.start(TIMEOUT)
    prepared.start(TIMEOUT)

    wait_for_the_background()
    assert prepare.called == 1


def test_an_error_of_another_kind_is_logged_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    prepared = StartupTask(Prepare(ValueError("a bug")), Probe())

    prepared.start(TIMEOUT)
    wait_for_the_background()

    (record,) = caplog.records
    assert record.levelno == logging.CRITICAL
    assert "never ready" in record.getMessage()
    with pytest.raises(StoreUnavailableError):
        prepared.probe()


def test_it_tries_no_more_once_stopped() -> None:
    prepare = Prepare(*REFUSALS)
    prepared = StartupTask(prepare, Probe())
    prepared.stop()

    prepared.start(TIMEOUT)
    wait_for_the_background()

    assert prepare.called == 1


def test_where_no_thread_is_left_the_next_start_tries_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(_: Thread) -> None:
        raise RuntimeError("can't start new thread")

    prepared = StartupTask(Prepare(), Probe())
    with monkeypatch.context() as full:
        full.setattr(Thread, "start", refuse)
        assert not prepared.start(TIMEOUT)

    assert prepared.start(TIMEOUT)
    prepared.probe()


class Flaky(StoreProbe):
    """Raises each of ``errors`` in turn, where it is one."""

    def __init__(self, *errors: Exception | None) -> None:
        self._errors = list(errors)

    def probe(self) -> None:
        error = self._errors.pop(0)
        if error is not None:
            raise error


def test_each_change_is_one_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "cybershop_customer.start")
    down, broken = StoreUnavailableError(), StoreFaultError("table missing")
    probe = Flaky(None, down, down, broken, broken, None, None, down, None)
    task = StartupTask(Prepare(down, down), probe)

    task.start(TIMEOUT)
    wait_for_the_background()
    for _ in range(9):
        with suppress(StoreUnavailableError, StoreFaultError):
            task.probe()

    not_ready = "not ready: the store is unavailable"
    assert [message for message in caplog.messages if "ready" in message] == [
        not_ready,
        "ready",
        not_ready,
        "not ready: table missing",
        "ready again",
        not_ready,
        "ready again",
    ]


def test_the_log_says_what_the_file_has(caplog: pytest.LogCaptureFixture) -> None:
    task = StartupTask(Prepare(), Flaky(FileUnavailableError("the disk is full. Free space on it")))
    task.start(TIMEOUT)

    with pytest.raises(StoreUnavailableError):
        task.probe()

    told = "not ready: the store is unavailable: the disk is full. Free space on it"
    assert told in caplog.messages
