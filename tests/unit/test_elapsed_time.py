"""Time that also passes while the process is frozen."""

import pytest

from cybershop_customer.adapters.system.elapsed_time import ElapsedTime


class Clocks:
    def __init__(self) -> None:
        self.steady = 100.0
        self.wall = 1_700_000_000.0
        self.elapsed = ElapsedTime(monotonic=lambda: self.steady, wall=lambda: self.wall)
        self.began = self.elapsed.seconds()

    def passed(self, steady: float, wall: float) -> float:
        """Move the clocks; the time since the beginning."""
        self.steady += steady
        self.wall += wall
        return self.elapsed.seconds() - self.began


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


def test_follows_both_clocks(clocks: Clocks) -> None:
    assert [clocks.passed(2, 2) for _ in range(3)] == [2, 4, 6]


def test_takes_the_clock_that_ran(clocks: Clocks) -> None:
    assert clocks.passed(0, 60) == 60
    assert clocks.passed(60, 0) == 120
    assert clocks.passed(1, 1) == 121


def test_never_decreases(clocks: Clocks) -> None:
    assert clocks.passed(0, -3600) == 0
    assert clocks.passed(1, 1) == 1


def test_a_clock_that_was_set_back_hides_no_freeze(clocks: Clocks) -> None:
    clocks.passed(0, -3600)

    assert clocks.passed(0, 60) == 60


def test_a_clock_that_wavers_makes_no_time(clocks: Clocks) -> None:
    for _ in range(100):
        clocks.passed(1, 1.05)
        clocks.passed(1, 0.95)

    assert clocks.passed(0, 0) == pytest.approx(200, abs=0.2)


def test_another_machine_may_know_better(clocks: Clocks) -> None:
    clocks.elapsed.note_wall_time(clocks.wall + 60)
    assert clocks.passed(0, 0) == 60

    clocks.elapsed.note_wall_time(clocks.wall - 60)
    assert clocks.passed(1, 61) == 61
    assert clocks.passed(1, 1) == 62
