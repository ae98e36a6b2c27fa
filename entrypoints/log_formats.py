"""The formats of the log: JSON for programs, and text for people."""

import json
import logging
from datetime import UTC, datetime
from functools import lru_cache
from json.encoder import encode_basestring_ascii
from math import isfinite
from typing import Final

FIELDS: Final = (
    "request_id",
    "trace_id",
    "method",
    "route",
    "status_code",
    "problem",
    "milliseconds",
    "source",
    "customer_id",
    "asking_service",
    "target",
)
"""What a line has about its request, in this order, where it is known."""

_OWN: Final = "cybershop_customer."
_RESET: Final = "\x1b[0m"
_DIM: Final = "\x1b[2m"
_COLOURS: Final = {
    logging.DEBUG: _DIM,
    logging.INFO: "\x1b[32m",
    logging.WARNING: "\x1b[33m",
    logging.ERROR: "\x1b[31m",
    logging.CRITICAL: "\x1b[1;31m",
}


@lru_cache(16)
def _second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).isoformat()[:19]


def log_time(seconds: float) -> str:
    """A time since the epoch, in UTC with six decimals (RFC 3339)."""
    # All lines of a second share most of it.
    second = int(seconds)
    microseconds = round((seconds - second) * 1_000_000)
    if microseconds == 1_000_000:  # noqa: PLR2004 (the next second)
        second, microseconds = second + 1, 0
    return f"{_second(second)}.{microseconds:06}Z"


class JsonFormatter(logging.Formatter):
    """Formats a record as JSON, with the fields of its request and its traceback, if any.

    Every character outside of ASCII is escaped.
    """

    def format(self, record: logging.LogRecord) -> str:
        quoted = encode_basestring_ascii
        line = (
            f'{{"time": "{log_time(record.created)}", "level": {quoted(record.levelname)},'
            f' "logger": {quoted(record.name)}, "message": {quoted(record.getMessage())}'
        )
        given = vars(record)
        for field in FIELDS:
            value = given.get(field)
            if value is not None:
                if type(value) is str:
                    text = quoted(value)
                elif type(value) is int or (type(value) is float and isfinite(value)):
                    # ``json.dumps`` writes the same, and takes ten times as long.
                    text = repr(value)
                else:
                    text = json.dumps(value)
                line += f', "{field}": {text}'
        if record.exc_info:
            line += f', "traceback": {quoted(self.formatException(record.exc_info))}'
        return f"{line}}}"


class TextFormatter(logging.Formatter):
    """Formats a record as one line, and the lines of its traceback below it, indented.

    A text from outside cannot look like another record, nor control the terminal (CWE-117): every
    character that is not printable is escaped, and no line but a record's first begins with a time.

    Args:
        colour: whether to colour the level and the names by ANSI escape sequences.
    """

    def __init__(self, *, colour: bool = False) -> None:
        super().__init__()
        self._colour = colour

    def format(self, record: logging.LogRecord) -> str:
        time = log_time(record.created)
        level = self._in_colour(f"{record.levelname:<8}", _COLOURS.get(record.levelno, ""))
        name = escaped(record.name.removeprefix(_OWN))
        parts = [f"{time} {level} {name}: {escaped(record.getMessage())}"]
        given = vars(record)
        parts += (
            f"{self._in_colour(f'{field}=', _DIM)}{_value(value)}"
            for field in FIELDS
            if (value := given.get(field)) is not None
        )
        lines = [" ".join(parts)]
        if record.exc_info:
            traceback = self.formatException(record.exc_info)
            lines += (f"    {escaped(line)}" for line in traceback.split("\n"))
        return "\n".join(lines)

    def _in_colour(self, text: str, colour: str) -> str:
        return f"{colour}{text}{_RESET}" if self._colour and colour else text


def escaped(text: str) -> str:
    """``text`` with each character that is not printable as its escape sequence in Python."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )


def _value(value: object) -> str:
    """``value`` as one word, or in quotation marks."""
    text = str(value)
    plain = text and text.isprintable() and not set(text) & {" ", '"', "="}
    return text if plain else escaped(json.dumps(text, ensure_ascii=False))
