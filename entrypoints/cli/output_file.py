"""Where an export goes: to a file, or to the standard output."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from ..settings import Settings
from ..whole_file import write_whole_file
from .command import CommandFailedError, WrongCallError

_SQLITE_FILES: Final = ("", "-wal", "-shm", "-journal")
"""What SQLite appends to the name of its file for the others (sqlite.org, "Temporary Files")."""


def require_output(path: Path | None) -> None:
    """Raise CommandFailedError if ``path`` is None and the standard output is closed.

    Ask before the export, so that none is recorded that no one gets.
    """
    # None is a closed standard output.
    if path is None and sys.stdout is None:  # pyright: ignore[reportUnnecessaryComparison]
        raise CommandFailedError("the standard output is closed. Name a file with --output")


def require_free(option: str, path: Path | None, settings: Settings, *others: Path) -> None:
    """Require that writing ``path`` destroys neither the store nor one of ``others``.

    Args:
        option: what gave the path, such as ``--output``.
        path: where the command would write; None for no file.
        settings: name the store.
        others: files that the command reads.

    Raises:
        WrongCallError: it is one of these files.
    """
    if path is None:
        return
    store = Path(settings.sqlite_path)
    taken = [store.with_name(store.name + end) for end in _SQLITE_FILES]
    kinds = dict.fromkeys(taken, "the store itself") if settings.storage == "sqlite" else {}
    kinds.update(dict.fromkeys(others, "a file that the command reads"))
    for other, kind in kinds.items():
        if os.path.realpath(path) == os.path.realpath(other):
            raise WrongCallError(f"{option}: {path} is {kind}. Name another file")


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
