"""The estimate of a clock's error by the header ``Date`` of DynamoDB's replies."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from cybershop_customer.adapters.dynamodb.clock_estimate import ClockEstimate, steady_seconds

EPOCH = datetime(2031, 5, 17, 12, 0, 0, 400_000, tzinfo=UTC)


class World:
    """The true time, and a machine whose clock is ``ahead`` seconds ahead of it."""

    def __init__(self) -> None:
        self.ahead = 0.0
        self.passed = 0.0
        self.estimate = ClockEstimate(wall=self.wall, steady=lambda: 77.0 + self.passed)

    @property
    def true(self) -> datetime:
        return EPOCH + timedelta(seconds=self.passed)

    def wall(self) -> float:
        return self.true.timestamp() + self.ahead

    def receive(self, *, took: float = 0.01, off: float = 0.0, count: int = 1) -> None:
        """Receive replies, one a second, whose headers are wrong by ``off`` seconds."""
        for number in range(count):
            self.passed += 1 if number else 0
            sent = self.estimate.steady()
            date = format_datetime(self.true + timedelta(seconds=off), usegmt=True)
            self.passed += took
            self.receive_date(date, sent)

    def receive_date(self, date: object, sent: float | None = None) -> None:
        headers = {"x-amzn-requestid": "1"} | ({} if date is None else {"date": date})
        response = {"ResponseMetadata": {"HTTPHeaders": headers}}
        self.estimate.observe(response, self.estimate.steady() if sent is None else sent)

    def error(self) -> float:
        """The error of the corrected clock, in seconds."""
        moment = datetime.fromtimestamp(self.wall(), UTC)
        return (self.estimate.correct(moment) - self.true).total_seconds()


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize("ahead", [-75, 75, -3.5, 3.5, -86400, 10**9])
def test_a_wrong_clock_is_corrected_to_the_resolution_of_the_header(
    world: World, ahead: float
) -> None:
    world.ahead = ahead

    world.receive()

    assert abs(world.error()) <= 1.5


def test_more_replies_make_the_estimate_more_exact(world: World) -> None:
    world.ahead = -75

    for _ in range(50):
        world.receive()
        world.passed += 0.037

    assert abs(world.error()) <= 0.6


@pytest.mark.parametrize("ahead", [0, 0.4, -0.4])
def test_a_right_clock_is_left_alone(world: World, ahead: float) -> None:
    world.ahead = ahead

    for _ in range(100):
        world.receive()
        world.passed += 0.37
        assert world.error() == pytest.approx(ahead, abs=1e-5)


def test_before_the_first_reply_nothing_is_known(world: World) -> None:
    world.ahead = 75

    assert world.error() == pytest.approx(75)
    assert not world.estimate.is_fresh


@pytest.mark.parametrize("took", [1.0, 6.9, 200.0])
def test_a_slow_reply_is_less_exact_but_not_wrong(world: World, took: float) -> None:
    world.receive(took=took)
    world.ahead = 0.0

    assert world.error() == 0
    world.receive()
    assert abs(world.error()) <= 1e-5


def test_a_slow_reply_does_not_spoil_the_estimate_of_quick_ones(world: World) -> None:
    world.ahead = -75
    world.receive(count=3)
    world.receive(took=30)

    assert abs(world.error()) <= 1.6


@pytest.mark.parametrize("off", [-3600, 3600, 5])
def test_one_odd_reply_changes_nothing(world: World, off: float) -> None:
    world.receive(count=3)
    world.receive(off=off, count=2)
    assert world.error() == 0

    world.receive()
    world.receive(off=off, count=2)
    assert world.error() == 0


def test_odd_replies_that_agree_are_believed(world: World) -> None:
    world.receive(count=3)
    world.passed += 1
    world.receive(off=60, count=3)

    assert world.error() == pytest.approx(60, abs=1.5)


def test_replies_of_one_second_count_as_one(world: World) -> None:
    world.receive(count=3)
    for _ in range(20):
        world.receive(off=60)

    assert world.error() == 0


def test_odd_replies_that_contradict_each_other_are_not_believed(world: World) -> None:
    world.receive(count=3)
    for off in (60, -60, 120, 600, -5):
        world.receive(off=off)

    assert world.error() == 0


@pytest.mark.parametrize(
    "date",
    [
        None,
        "",
        "rubbish",
        "Sat, 17 May 2031",
        "Sat, 99 May 2031 12:00:00 GMT",
        "Sat, 17 May 99999 12:00:00 GMT",
        # No clock can be corrected to these.
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        5,
        ["a"],
        "\ud800",
        10_000 * "1",
    ],
)
def test_a_date_that_is_missing_or_rubbish_says_nothing(world: World, date: object) -> None:
    world.receive_date(date)
    world.ahead = 75
    assert world.error() == pytest.approx(75)
    # A further request would not help.
    assert world.estimate.is_fresh
    assert not world.estimate.clock_was_set

    world.receive()
    world.receive_date(date)
    assert abs(world.error()) <= 1.5


@pytest.mark.parametrize(
    "response",
    [
        {},
        {"ResponseMetadata": {}},
        {"ResponseMetadata": None},
        {"ResponseMetadata": {"HTTPHeaders": {"date": "Sat, 17 May 2031 12:00:00 GMT"}}},
    ],
)
def test_a_reply_of_another_server_says_nothing(world: World, response: dict[str, object]) -> None:
    world.estimate.observe(response, 77.0)

    assert not world.estimate.is_fresh


def test_a_date_without_a_zone_is_utc(world: World) -> None:
    world.ahead = -75
    world.receive_date(f"{world.true:%a, %d %b %Y %H:%M:%S} -0000")

    assert abs(world.error()) <= 1.5


@pytest.mark.parametrize("jump", [-75, 75, -7200])
def test_a_clock_that_is_set_while_the_process_runs_is_noticed_and_corrected(
    world: World, jump: float
) -> None:
    world.receive(count=5)

    world.ahead = jump

    assert world.estimate.clock_was_set
    assert abs(world.error()) <= 1.5
    world.receive()
    assert not world.estimate.clock_was_set
    assert abs(world.error()) <= 1.5


def test_a_machine_that_stood_still_learns_the_time_by_one_reply(world: World) -> None:
    world.receive(count=5)
    steady, world.estimate.steady = world.estimate.steady, lambda: steady() - 500

    assert world.estimate.clock_was_set
    world.receive()

    assert not world.estimate.clock_was_set
    assert abs(world.error()) <= 1e-5


def test_without_replies_a_clock_may_drift_a_little(world: World) -> None:
    world.receive(count=5)
    world.passed += 12 * 3600
    world.ahead = 1.9

    assert world.error() == pytest.approx(1.9, abs=1e-5)
    assert not world.estimate.is_fresh


class TestLog:
    def test_a_right_clock_is_not_logged(
        self, world: World, caplog: pytest.LogCaptureFixture
    ) -> None:
        world.ahead = 1.2
        for _ in range(20):
            world.receive()
            world.passed += 0.37

        assert caplog.records == []

    def test_an_error_is_logged_once_with_its_size_and_remedy_and_its_end_once(
        self, world: World, caplog: pytest.LogCaptureFixture
    ) -> None:
        world.ahead = -75
        world.receive(count=50)
        world.ahead = 0
        world.receive(count=50)

        first, last = (record.message for record in caplog.records)
        assert "is 7" in first
        assert "s behind DynamoDB's" in first
        assert "timedatectl" in first
        assert "5 minutes" not in first
        assert last == "this machine's clock agrees with DynamoDB's again"

    def test_an_error_is_logged_again_when_it_changes_a_lot(
        self, world: World, caplog: pytest.LogCaptureFixture
    ) -> None:
        for ahead in (20, 22, 60, 61, 600):
            world.ahead = ahead
            world.receive(count=5)

        lines = [record.message for record in caplog.records]
        assert len(lines) == 3
        assert all("ahead of" in line for line in lines)
        assert "AWS refuses what is signed by a clock that is 5 minutes off" in lines[2]


def test_the_steady_clock_goes_on() -> None:
    first = steady_seconds()

    assert first <= steady_seconds() < first + 60
