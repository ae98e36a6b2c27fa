"""The log: its formats, its level, and that no text from outside can forge a line."""

import io
import json
import logging
import sys
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cybershop_customer.domain.request_context import RequestContext, begin_request, end_request
from cybershop_customer.domain.trace_context import trace_context
from cybershop_customer.entrypoints.log_formats import JsonFormatter, TextFormatter
from cybershop_customer.entrypoints.logs import LEVELS, RequestFilter, log_to_stderr
from cybershop_customer.entrypoints.setting_readers import one_of
from cybershop_customer.entrypoints.settings import SETTINGS

TRACE: Final = "0af7651916cd43dd8448eb211c80319c"
PARENT: Final = f"00-{TRACE}-b7ad6b7169203331-01"
TIME: Final = "2026-01-31T12:00:00.000000Z"


def record(message: str = "request", level: int = logging.INFO, **fields: Any) -> logging.LogRecord:
    made = logging.LogRecord("cybershop_customer.http", level, __file__, 1, "%s", (message,), None)
    made.created = 1769860800.0
    vars(made).update(fields)
    return made


def failed(text: str) -> logging.LogRecord:
    made = record("failed", logging.ERROR)
    try:
        int("")
    except ValueError as error:
        error.add_note(text)
        made.exc_info = type(error), error, error.__traceback__
    return made


class TestText:
    def test_a_line_has_the_fields_in_a_fixed_order(self) -> None:
        line = TextFormatter().format(
            record(status_code=200, milliseconds=0.8, request_id="one", method="GET", target=None)
        )

        assert line == (
            f"{TIME} INFO     http: request request_id=one method=GET status_code=200"
            " milliseconds=0.8"
        )

    def test_the_logger_of_a_library_has_its_whole_name(self) -> None:
        made = record("late", logging.WARNING)
        made.name = "botocore.retries"

        assert TextFormatter().format(made) == f"{TIME} WARNING  botocore.retries: late"

    @pytest.mark.parametrize(
        ("value", "shown"),
        [
            ("plain", "plain"),
            ("", '""'),
            ("two words", '"two words"'),
            ("a=b", '"a=b"'),
            ('a"b', '"a\\"b"'),
            ("a\nb", '"a\\nb"'),
            ("a\x1b[31mb", '"a\\u001b[31mb"'),
            ("a\u2028b\u202eb\x9b", '"a\\u2028b\\u202eb\\x9b"'),
        ],
    )
    def test_a_value_is_one_word_or_quoted(self, value: str, shown: str) -> None:
        assert TextFormatter().format(record(route=value)).endswith(f"request route={shown}")

    @pytest.mark.parametrize(
        "forged",
        [f"x\n{TIME} INFO     http: forged", "x\r\ny", "x\x0by\x85z\u2028\u2029", "\x1b[2J\x9b2J"],
    )
    def test_a_message_and_an_error_cannot_forge_a_line(self, forged: str) -> None:
        line = TextFormatter().format(record(forged))
        assert line.isprintable()
        assert line.startswith(TIME)

        first, *others = TextFormatter().format(failed(forged)).split("\n")
        assert first == f"{TIME} ERROR    http: failed"
        assert all(other.startswith("    ") and other.isprintable() for other in others)
        assert others[0] == "    Traceback (most recent call last):"

    @given(st.text(), st.text())
    def test_no_text_makes_another_line(self, message: str, value: str) -> None:
        line = TextFormatter().format(record(message, customer_id=value))

        assert line.isprintable()
        assert line.encode("utf-8")

    def test_colour_is_the_formatters_own(self) -> None:
        plain, coloured = TextFormatter(), TextFormatter(colour=True)
        made = record("\x1b[0m", logging.ERROR, route="/")

        assert "\x1b[31mERROR   \x1b[0m" in coloured.format(made)
        assert "\\x1b[0m" in coloured.format(made)
        assert "\x1b" not in plain.format(made)
        made.levelno = 17
        assert TextFormatter(colour=True).format(made).startswith(f"{TIME} ERROR    http")


class TestJson:
    def test_a_line_is_one_object(self) -> None:
        line = JsonFormatter().format(record("a\nb\u2028", request_id="one", trace_id=TRACE))

        assert "\n" not in line
        assert line.isascii()
        assert json.loads(line) == {
            "time": TIME,
            "level": "INFO",
            "logger": "cybershop_customer.http",
            "message": "a\nb\u2028",
            "request_id": "one",
            "trace_id": TRACE,
        }

    def test_an_error_has_its_traceback(self) -> None:
        told = json.loads(JsonFormatter().format(failed("why")))

        assert told["traceback"].endswith("\nwhy")


def test_every_record_gets_the_ids_of_its_request_unless_it_has_them() -> None:
    begin_request(RequestContext(request_id="one"))
    with trace_context(PARENT):
        found, given_already = record(), record(request_id="two", trace_id=None)
        assert RequestFilter().filter(found)
        assert RequestFilter().filter(given_already)
    end_request()
    outside = record()
    RequestFilter().filter(outside)

    ids = [(it.request_id, it.trace_id) for it in map(vars_of, (found, given_already, outside))]
    assert ids == [("one", TRACE), ("two", None), (None, None)]


def vars_of(made: logging.LogRecord) -> Any:
    return made


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., str]]:
    """Configures the log on a stream, and returns what one line of each level looks like."""
    root, own = logging.getLogger(), logging.getLogger("cybershop_customer")
    queue = logging.getLogger("waitress.queue")
    before = root.level, own.level, queue.level, root.handlers

    def configure(*arguments: Any, stream: io.StringIO, **named: Any) -> str:
        root.handlers, own.level = [], logging.NOTSET
        monkeypatch.setattr(sys, "stderr", stream)
        log_to_stderr(*arguments, **named)
        for name in ("cybershop_customer.http", "botocore"):
            for level in LEVELS:
                getattr(logging.getLogger(name), level)(f"{name} at {level}")
        return stream.getvalue()

    yield configure
    root.handlers = before[3]
    for logger, level in zip((root, own, queue), before, strict=False):
        logger.setLevel(level)


@pytest.mark.parametrize(
    ("stream", "log_format", "environ", "expected"),
    [
        (io.StringIO, None, {}, "json"),
        (io.StringIO, "text", {}, "text"),
        (Terminal, None, {}, "colour"),
        (Terminal, "text", {}, "colour"),
        (Terminal, "json", {}, "json"),
        (Terminal, None, {"NO_COLOR": "1"}, "text"),
        (Terminal, None, {"NO_COLOR": ""}, "colour"),
        (Terminal, None, {"TERM": "dumb"}, "text"),
    ],
)
def test_the_format_is_text_on_a_terminal(
    configured: Callable[..., str],
    stream: type[io.StringIO],
    log_format: str | None,
    environ: dict[str, str],
    expected: str,
) -> None:
    written = configured(log_format, stream=stream(), environ=environ)

    found = "json" if written.startswith("{") else "colour" if "\x1b[" in written else "text"
    assert found == expected


@pytest.mark.parametrize("level", LEVELS)
def test_the_level_is_that_of_the_service_and_never_more_of_its_libraries(
    configured: Callable[..., str], level: str
) -> None:
    written = configured("json", level, stream=io.StringIO())

    lines = [json.loads(line)["message"] for line in written.splitlines()]
    own = LEVELS[LEVELS.index(level) :]
    others = [it for it in own if it in ("warning", "error")]
    assert lines == [
        *(f"cybershop_customer.http at {it}" for it in own),
        *(f"botocore at {it}" for it in others),
    ]


def test_the_setting_takes_these_levels() -> None:
    first, *others = LEVELS
    for level in LEVELS:
        assert SETTINGS["log_level"].read(level) == one_of(first, *others)(level) == level
