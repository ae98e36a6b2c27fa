"""The line of a usual session check is the same, whether ``logging`` makes it or not."""

import io
import json
import logging
import os
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest

from cybershop_customer.domain.request_context import RequestContext, begin_request, end_request
from cybershop_customer.entrypoints.http import check_log
from cybershop_customer.entrypoints.http.check_log import CheckLog
from cybershop_customer.entrypoints.http.client_source import ClientSource
from cybershop_customer.entrypoints.http.outcomes import OK
from cybershop_customer.entrypoints.http.refusal_log import RefusalLog
from cybershop_customer.entrypoints.http.request_log import RequestLog
from cybershop_customer.entrypoints.http.request_record import LOGGER
from cybershop_customer.entrypoints.http.trusted_proxies import TrustedProxies
from cybershop_customer.entrypoints.line_handler import LineHandler
from cybershop_customer.entrypoints.log_formats import JsonFormatter, TextFormatter
from cybershop_customer.entrypoints.logs import RequestFilter

PARENT: Final = logging.getLogger("cybershop_customer")


class Log:
    """The log as the service makes it, on a pipe."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, stream: io.TextIOWrapper) -> None:
        self._patch = monkeypatch
        self.handler = LineHandler(stream)
        self.handler.setFormatter(JsonFormatter())
        self.handler.addFilter(RequestFilter())
        self.records: list[logging.LogRecord] = []
        emit = self.handler.emit
        monkeypatch.setattr(
            self.handler, "emit", lambda record: self.records.append(record) or emit(record)
        )
        self.of_root: list[logging.Handler] = [self.handler]
        """pytest adds its own when a test begins."""
        monkeypatch.setattr(LOGGER, "level", logging.INFO)
        LOGGER.manager._clear_cache()  # type: ignore[attr-defined]
        self.check_log = CheckLog(
            RequestLog(ClientSource(TrustedProxies(())), RefusalLog()), "/the/route"
        )

    def write(self, **changed: Any) -> None:
        """Write the line of a check, and what waits."""
        begin_request(RequestContext("192.0.2.7", "the-id"))
        values: dict[str, Any] = {
            "status": 200,
            "outcome": OK,
            "seconds": 0.0012345,
            "source": "192.0.2.7",
            "customer_id": "zoe",
        }
        with self._patch.context() as patch:
            patch.setattr(logging.root, "handlers", self.of_root)
            self.check_log.write("the-id", **{**values, **changed})
        end_request()
        self.handler.flush()

    def by_logging(self, **changed: Any) -> None:
        """The same, by ``logging``."""
        with self._patch.context() as patch:
            patch.setattr(check_log, "_usual_handler", lambda: None)
            self.write(**changed)


@pytest.fixture
def pipe() -> Iterator[tuple[int, io.TextIOWrapper]]:
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    with os.fdopen(writer, "w", encoding="utf-8") as stream:
        yield reader, stream
    os.close(reader)


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch, pipe: tuple[int, io.TextIOWrapper]) -> Iterator[Log]:
    yield Log(monkeypatch, pipe[1])
    monkeypatch.undo()
    LOGGER.manager._clear_cache()  # type: ignore[attr-defined]


def lines_in(pipe: tuple[int, io.TextIOWrapper]) -> list[bytes]:
    try:
        return os.read(pipe[0], 65536).splitlines()
    except BlockingIOError:
        return []


@pytest.mark.parametrize(
    "changed",
    [{}, {"seconds": 0.0}, {"seconds": 12.0}, {"source": 'a "quoted" é'}, {"source": "unix"}],
    ids=str,
)
def test_both_lines_are_the_same(
    log: Log,
    pipe: tuple[int, io.TextIOWrapper],
    monkeypatch: pytest.MonkeyPatch,
    changed: dict[str, Any],
) -> None:
    monkeypatch.setattr(check_log, "time", lambda: 1_700_000_000.25)
    monkeypatch.setattr(
        "cybershop_customer.entrypoints.http.request_record.time", lambda: 1_700_000_000.25
    )

    log.write(**changed)
    assert log.records == []
    log.by_logging(**changed)
    assert len(log.records) == 1

    (quick, slow) = lines_in(pipe)
    assert quick == slow
    assert json.loads(quick)["time"] == "2023-11-14T22:13:20.250000Z"


@pytest.mark.parametrize(
    "changed",
    [
        {"status": 401, "outcome": "session-refused", "customer_id": None},
        {"status": 503, "outcome": "store-unavailable", "customer_id": None},
    ],
    ids=str,
)
def test_a_refusal_is_a_record(
    log: Log, pipe: tuple[int, io.TextIOWrapper], changed: dict[str, Any]
) -> None:
    log.write(**changed)

    (record,) = log.records
    (line,) = lines_in(pipe)
    assert json.loads(line)["problem"] == record.problem == changed["outcome"]  # type: ignore[attr-defined]


class OwnRecord(logging.LogRecord):
    """A record of the program's own."""


CHANGES: Final[dict[str, Callable[[pytest.MonkeyPatch, Log], None]]] = {
    "another handler of the root": lambda _, log: log.of_root.append(logging.NullHandler()),
    "a handler of the product": lambda patch, _: patch.setattr(
        PARENT, "handlers", [logging.NullHandler()]
    ),
    "a handler of the logger": lambda patch, _: patch.setattr(
        LOGGER, "handlers", [logging.NullHandler()]
    ),
    "a filter of the logger": lambda patch, _: patch.setattr(LOGGER, "filters", [lambda _: True]),
    "a filter of the handler": lambda _, log: log.handler.addFilter(lambda _: True),
    "another filter of the handler": lambda patch, log: patch.setattr(
        log.handler, "filters", [lambda _: True]
    ),
    "another format": lambda _, log: log.handler.setFormatter(TextFormatter()),
    "a trace": lambda patch, _: patch.setattr(check_log, "current_trace_id", lambda: "a" * 32),
    "a record factory": lambda patch, _: patch.setattr(logging, "_logRecordFactory", OwnRecord),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_log_that_was_changed_gets_records(
    log: Log, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    CHANGES[change](monkeypatch, log)

    log.write()

    assert len(log.records) == 1


def test_a_log_that_goes_elsewhere_gets_no_line(
    log: Log, pipe: tuple[int, io.TextIOWrapper], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PARENT, "propagate", False)
    log.write()
    monkeypatch.setattr(PARENT, "propagate", True)
    log.handler.setLevel(logging.WARNING)
    log.write()
    monkeypatch.setattr(LOGGER, "level", logging.WARNING)
    LOGGER.manager._clear_cache()  # type: ignore[attr-defined]
    log.handler.setLevel(logging.NOTSET)
    log.write()

    assert lines_in(pipe) == []


def test_a_log_that_cannot_be_written_does_not_stop_a_check(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        raise OSError("No space left on device")

    handled: list[logging.LogRecord] = []
    monkeypatch.setattr(os, "write", refuse)
    monkeypatch.setattr(log.handler, "handleError", handled.append)

    log.write()

    assert [record.getMessage() for record in handled] == ["request"]
