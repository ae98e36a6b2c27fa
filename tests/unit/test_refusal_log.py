"""The lines about refusals: at most one a minute and kind, and no name in them."""

import logging
from threading import Thread

import pytest

from cybershop_customer.entrypoints.http import refusal_log
from cybershop_customer.entrypoints.http.refusal_log import RefusalLog

SOURCE = "192.0.2.7"


class Bench:
    """A refusal log, and the time by which it goes."""

    def __init__(self, log: pytest.LogCaptureFixture) -> None:
        self.now = 1000.0
        self.refusals = RefusalLog(lambda: self.now)
        self._log = log

    def lines(self) -> list[str]:
        """The new lines."""
        lines = list(self._log.messages)
        self._log.clear()
        return lines

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        self.refusals.write_due()


@pytest.fixture
def bench(caplog: pytest.LogCaptureFixture) -> Bench:
    caplog.set_level(logging.WARNING, "cybershop_customer")
    return Bench(caplog)


def test_the_first_refusal_is_written_at_once(bench: Bench) -> None:
    bench.refusals.note_refusal("failures", SOURCE)

    (line,) = bench.lines()
    assert line == (
        "refused attempts: 1 in 0 seconds, because of too many failed logins from one source;"
        " sources: 1; the last one: 192.0.2.7"
    )


def test_the_others_share_a_line_a_minute_later(bench: Bench) -> None:
    for number in range(200):
        bench.refusals.note_refusal("failures", f"192.0.2.{number % 3}")
    assert len(bench.lines()) == 1

    bench.pass_time(59)
    assert bench.lines() == []
    bench.pass_time(1)

    (line,) = bench.lines()
    assert line.startswith("refused attempts: 199 in 60 seconds, ")
    assert line.endswith("sources: 3; the last one: 192.0.2.1")


def test_an_attack_of_an_hour_writes_a_line_a_minute(bench: Bench) -> None:
    for _ in range(3600):
        bench.refusals.note_refusal("id", SOURCE)
        bench.pass_time(1)

    assert 59 <= len(bench.lines()) <= 61


def test_after_a_quiet_minute_the_next_refusal_is_written_at_once(bench: Bench) -> None:
    bench.refusals.note_refusal("busy", SOURCE)
    bench.pass_time(600)
    assert len(bench.lines()) == 1

    bench.refusals.note_refusal("busy", SOURCE)

    assert len(bench.lines()) == 1


def test_each_kind_has_a_line_of_its_own(bench: Bench) -> None:
    for kind in ("id", "email", "device", "failures", "registrations", "busy"):
        bench.refusals.note_refusal(kind, SOURCE)

    assert len({line.partition(" of ")[2] for line in bench.lines()}) == 6


def test_a_kind_that_the_log_does_not_know_has_a_line_too(bench: Bench) -> None:
    bench.refusals.note_refusal("another kind", SOURCE)

    (line,) = bench.lines()
    assert "because of too many attempts;" in line


def test_failed_logins_get_a_line_only_if_they_are_many(bench: Bench) -> None:
    for number in range(refusal_log.FAILURES):
        assert bench.lines() == []
        bench.refusals.note_failed_login(f"192.0.{number}.1", f"secret name {number % 50}")

    assert bench.lines() == [
        "failed logins: 100 in 0 seconds, of all names and sources; names: 50; sources: 100"
    ]


def test_failed_logins_that_are_few_are_forgotten(bench: Bench) -> None:
    for _ in range(10):
        for _ in range(refusal_log.FAILURES - 1):
            bench.refusals.note_failed_login(SOURCE, "zoe")
        bench.pass_time(refusal_log.FAILURES_SECONDS)

    assert bench.lines() == []


def test_failed_logins_that_go_on_get_a_line_each_window(bench: Bench) -> None:
    for _ in range(3):
        for _ in range(refusal_log.FAILURES * 3):
            bench.refusals.note_failed_login(SOURCE, "zoe")
        bench.pass_time(refusal_log.FAILURES_SECONDS)

    assert [line.split(",")[0] for line in bench.lines()] == [
        "failed logins: 100 in 0 seconds",
        "failed logins: 200 in 900 seconds",
        "failed logins: 300 in 900 seconds",
        "failed logins: 300 in 900 seconds",
    ]


def test_the_memory_is_bounded(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusal_log, "_MOST_DISTINCT", 20)
    for number in range(1000):
        bench.refusals.note_refusal("id", str(number))
    bench.lines()

    bench.pass_time(60)

    (line,) = bench.lines()
    assert "999 in 60 seconds" in line
    assert "sources: 20 or more;" in line


def test_no_refusal_of_many_threads_is_lost(bench: Bench) -> None:
    def refuse() -> None:
        for _ in range(500):
            bench.refusals.note_refusal("id", SOURCE)

    threads = [Thread(target=refuse) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    bench.pass_time(60)

    first, second = bench.lines()
    assert "refused attempts: 1 " in first
    assert "refused attempts: 3999 " in second
