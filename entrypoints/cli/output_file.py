"""Where an export goes: to a file, or to the standard output."""

import sys
from collections.abc import Iterable
from pathlib import Path

from ..whole_file import write_whole_file
from .command import CommandFailedError


def require_output(path: Path | None) -> None:
    """Raise CommandFailedError if ``path`` is None and the standard output is closed.

    Ask before the export, so that none is recorded that no one gets.
    """
    # None is a closed standard output.
    if path is None and sys.stdout is None:  # pyright: ignore[reportUnnecessaryComparison]
        raise CommandFailedError("the standard output is closed. Name a file with --output")


def write_output(path: Path | None, parts: Iterable[bytes]) -> None:
    """Write ``path``, which has all ``parts`` or stays as it was; or the standard output.

    Raises:
        CommandFailedError: the file cannot be written.
    """
    if path is None:
        for part in parts:
            sys.stdout.buffer.write(part)
        return
    try:
        write_whole_file(path, parts)
    except OSError as error:
        reason = error.strerror or str(error)
        raise CommandFailedError(
            f"cannot write {path}: {reason}. Name another file with --output"
        ) from error
