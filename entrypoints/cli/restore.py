"""``cybershop-customer restore``: put a backup in the place of the store."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from .command import Command
from .parser import CommandParser
from .shared_store import read_shared_store
from .stop_signals import interruptible


def _configure(parser: CommandParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "file", metavar="FILE", type=Path, help="a backup that `cybershop-customer backup` wrote"
    )


def _run(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Restore the backup. Returns 0."""
    _, administration = read_shared_store(environ)
    with interruptible():
        restored = administration.backups().restore(options.file)
    print(f"{restored.place} now has what the backup {options.file} has.")
    if restored.kept is not None:
        print(f"What was there before is kept in {restored.kept}. Delete it when you are sure.")
    return 0


COMMAND: Final = Command(
    "put a backup in the place of the SQLite file, while no service runs", _configure, _run
)
