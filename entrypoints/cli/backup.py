"""``cybershop-customer backup``: a consistent copy of the store, while the service serves."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from .command import Command
from .parser import CommandParser
from .shared_store import read_shared_store
from .stop_signals import interruptible

_MIB: Final = 1024 * 1024


def _configure(parser: CommandParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "file", metavar="FILE", type=Path, help="where to write; only its owner can read it"
    )
    parser.add_argument("--force", action="store_true", help="replace an earlier backup")


def _run(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Write the backup. Returns 0."""
    _, administration = read_shared_store(environ)
    with interruptible():
        size = administration.backups().write(options.file, replace=options.force)
    print(f"The backup {options.file} has {size / _MIB:.1f} MiB and was checked.")
    return 0


COMMAND: Final = Command(
    "write a copy of the SQLite file, while the service may serve", _configure, _run
)
