"""``cybershop-customer config``: each setting, its value, and where the value is from."""

import os
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final

import click

from ...domain.errors import SettingsError
from ..read_settings import read_settings
from ..setting import Setting
from ..settings import SETTINGS, Settings, unknown_settings
from .command import SUCCESS, command
from .options import json_option
from .output import print_json, print_table

MASK: Final = "********"
"""Stands for a secret that is set. It does not tell how long the secret is."""
NOT_VALID: Final = "(not valid)"
"""Stands for a value that the service refuses."""


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    value: str | None
    """The text of the value; None if there is none."""
    source: str
    """``environment``, ``demo`` or ``default``."""


@command(
    only_prints=True,
    examples=[
        "cybershop-customer config",
        "cybershop-customer config --demo",
        "cybershop-customer config --set",
        "cybershop-customer config --json",
    ],
)
@click.option("--demo", is_flag=True, help="Show the settings of `serve --demo`.")
@click.option("--set", "only_set", is_flag=True, help="Show only what the environment sets.")
@json_option
def config(*, demo: bool, only_set: bool, as_json: bool) -> int:
    """Print the settings. They are printed, too, if some are wrong.

    Raises:
        SettingsError: some are wrong.
    """
    wrong: SettingsError | None = None
    settings: Settings | None = None
    try:
        settings = read_settings(os.environ, demo=demo)
    except SettingsError as error:
        wrong = error
    rows = [_row(entry, os.environ, settings, demo=demo) for entry in SETTINGS.values()]
    if only_set:
        rows = [row for row in rows if row.source == "environment"]
    if as_json:
        print_json([asdict(row) for row in rows])
    else:
        print_table(
            ("setting", "value", "from"),
            [(row.name, row.value or "", row.source) for row in rows],
        )
    for text in unknown_settings(os.environ):
        print(f"Note: {text}", file=sys.stderr)
    if wrong is not None:
        raise wrong
    return SUCCESS


def _row(
    entry: Setting, environ: Mapping[str, str], settings: Settings | None, *, demo: bool
) -> _Row:
    default = entry.demo if demo else entry.default
    value: object = default if settings is None else getattr(settings, entry.name)
    if environ.get(entry.variable):
        value, source = _given(entry, environ[entry.variable]), "environment"
    else:
        source = "demo" if demo and value != entry.default else "default"
    if value is None or value == "":
        return _Row(entry.variable, None, source)
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return _Row(entry.variable, MASK if entry.secret else text, source)


def _given(entry: Setting, text: str) -> str:
    """``text`` as it is written; one that is refused may be a URL with a password."""
    try:
        entry.read(text)
    except ValueError:
        return NOT_VALID
    return text
