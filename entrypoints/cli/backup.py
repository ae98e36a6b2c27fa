"""``cybershop-customer backup``: a consistent copy of the store, while the service serves."""

import argparse
import signal
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final

from .command import Command
from .parser import CommandParser
from .shared_store import read_shared_store

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


@contextmanager
def interruptible() -> Generator[None]:
    """Let SIGTERM end the block as Ctrl-C does, so that no unfinished file stays."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


COMMAND: Final = Command(
    "write a copy of the SQLite file, while the service may serve", _configure, _run
)
