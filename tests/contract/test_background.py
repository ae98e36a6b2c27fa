"""Every background does what it accepted, in the context of its caller, and raises nothing."""

import logging
from collections.abc import Callable
from threading import Event

import pytest

from cybershop_customer.adapters.memory.background import MemoryBackground
from cybershop_customer.adapters.threaded.background import ThreadedBackground
from cybershop_customer.domain.errors import NotificationFailedError
from cybershop_customer.domain.request_context import current_request, request_context
from cybershop_customer.ports.background import Background

WAIT_SECONDS = 30.0


@pytest.fixture(
    params=[MemoryBackground, lambda: MemoryBackground(run_at_once=False), ThreadedBackground],
    ids=["at once", "kept", "threaded"],
)
def background(request: pytest.FixtureRequest) -> Background:
    make: Callable[[], Background] = request.param
    return make()


def fail(error: BaseException) -> Callable[[], None]:
    def work() -> None:
        raise error

    return work


def test_accepted_work_is_done_before_the_end(background: Background) -> None:
    done: list[int] = []

    assert all(background.submit("note", lambda n=n: done.append(n)) for n in range(50))
    background.close(WAIT_SECONDS)

    assert sorted(done) == [*range(50)]


def test_the_work_belongs_to_the_request_that_submitted_it(background: Background) -> None:
    seen: list[str | None] = []
    for name in ("first", "second"):
        with request_context(request_id=name):
            background.submit("note", lambda: seen.append(current_request().request_id))
    background.close(WAIT_SECONDS)

    assert sorted(map(str, seen)) == ["first", "second"]


def test_work_may_submit_more_work(background: Background) -> None:
    done: list[str] = []
    background.submit("outer", lambda: background.submit("inner", lambda: done.append("inner")))

    background.close(WAIT_SECONDS)

    assert done == ["inner"]


def test_after_the_end_nothing_is_accepted(background: Background) -> None:
    background.close(WAIT_SECONDS)

    assert not background.submit("late", lambda: pytest.fail("it was refused"))
    background.close(WAIT_SECONDS)


def test_an_expected_error_is_logged_with_its_cause_and_counted(
    background: Background, caplog: pytest.LogCaptureFixture
) -> None:
    error = NotificationFailedError("the server refuses the recipient (550)")
    for request_id in ("r1", "r2"):
        with request_context(request_id=request_id):
            background.submit("send reset_password", fail(error))
    background.submit("note", lambda: None)
    background.close(WAIT_SECONDS)

    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 2
    assert {vars(record)["request_id"] for record in caplog.records} == {"r1", "r2"}
    assert {record.getMessage() for record in caplog.records} == {
        f"send reset_password failed: the server refuses the recipient (550); {count} failed so far"
        for count in (1, 2)
    }


@pytest.mark.parametrize("error", [KeyError("zoe@mail.test"), SystemExit("zoe@mail.test")])
def test_the_text_of_any_other_error_is_not_logged(
    background: Background, caplog: pytest.LogCaptureFixture, error: BaseException
) -> None:
    done = Event()
    background.submit("look the address up", fail(error))
    background.submit("note", done.set)
    background.close(WAIT_SECONDS)

    assert done.is_set()
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert record.getMessage().startswith(f"look the address up failed: {type(error).__name__} at ")
    assert "test_background.py:" in record.getMessage()
    assert record.getMessage().endswith("; 1 failed so far")
    assert "zoe" not in caplog.text
