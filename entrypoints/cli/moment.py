"""A time on the command line: a time of RFC 3339, a date, or how long ago."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

import click

_AGO: Final = re.compile(r"(\d{1,6})([smhdw])", re.ASCII)
_UNITS: Final = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME: Final = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_FORMS: Final = (
    "must be a time such as 2026-01-31T12:00:00Z, a date in UTC, or how long ago: 2h, 7d"
)


def check_moment(
    _ctx: click.Context, _option: click.Parameter, text: str | None
) -> datetime | timedelta | None:
    """A check of an option: the time, or for how long ago the ``timedelta``.

    Raises:
        click.BadParameter: ``text`` is neither.
    """
    if text is None:
        return None
    ago = _AGO.fullmatch(text)
    if ago:
        return int(ago[1]) * _UNITS[ago[2]]
    try:
        if _DATE.fullmatch(text):
            return datetime.fromisoformat(text).replace(tzinfo=UTC)
        if _TIME.fullmatch(text):
            return datetime.fromisoformat(text.upper())
    except ValueError:
        pass  # There is no such day or hour.
    raise click.BadParameter(_FORMS)


def moment_at(given: datetime | timedelta | None, now: datetime) -> datetime | None:
    """The time that ``check_moment`` returned, at ``now``. What is too long ago has no bound."""
    if not isinstance(given, timedelta):
        return given
    try:
        return now - given
    except OverflowError:
        return None
