"""Backups of the file, and their restoration."""

import os
from collections.abc import Generator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path

from ...domain.errors import StoreFaultError
from ...ports.store_backups import Restored, StoreBackups
from . import schema
from .database_file import DatabaseFile
from .errors import FileUnavailableError, translated
from .file_copy import find_faults, sync_directory, unfinished_copy, write_copy
from .file_identity import (
    has_write_ahead_log,
    open_unlocked,
    read_identity,
    require_identity,
    require_own,
)
from .file_place import files_of, is_empty, require_place, require_present
from .sole_use import sole_use


class SQLiteBackups(StoreBackups):
    """Copies of the file, each a file of SQLite on its own."""

    def __init__(self, file: DatabaseFile) -> None:
        self._file = file

    def write(self, path: Path, *, replace: bool = False) -> int:
        target = Path(os.path.realpath(path))
        if target in files_of(self._file.path):
            raise StoreFaultError(f"{target} is the store itself. Name another file")
        require_present(self._file.path)
        _require_writable(target, replace=replace)
        with closing(self._file.inspect()) as source, _file_errors(path):
            write_copy(source, target)
            return target.stat().st_size

    def restore(self, path: Path) -> Restored:
        backup, place = Path(os.path.realpath(path)), self._file.path
        self._require_backup(backup)
        require_place(place)
        _require_replaceable(place)
        with (
            _file_errors(place),
            closing(open_unlocked(backup)) as source,
            unfinished_copy(source, place) as copy,
            sole_use(place),
        ):
            kept = _exchange(copy, place)
            sync_directory(place.parent)
            self._file.forget()
        return Restored(place, kept)

    def _require_backup(self, backup: Path) -> None:
        if not backup.is_file() or is_empty(backup):
            raise StoreFaultError(f"{backup} is no file, or it is empty. Name a backup")
        if backup == self._file.path:
            raise StoreFaultError(f"{backup} is the store itself. Name a backup")
        if not _is_ours(backup):
            raise StoreFaultError(f"{backup} is no backup of this service. Name another file")
        if has_write_ahead_log(backup) or not is_empty(files_of(backup)[1]):
            raise StoreFaultError(
                f"{backup} is a store or a copy of one, so it may lack the newest changes. Name a"
                " file that `cybershop-customer backup` has written"
            )
        require_own(backup)
        with translated():
            faults = list(find_faults(backup))
        if faults:
            raise StoreFaultError(f"{backup} is damaged: {'; '.join(faults)}. Use another backup")


def _require_writable(target: Path, *, replace: bool) -> None:
    if not os.path.isdir(target.parent):  # noqa: PTH112 (Path's raises)
        raise StoreFaultError(f"the directory {target.parent} does not exist. Create it")
    log = files_of(target)[1]
    if not is_empty(log):
        raise StoreFaultError(
            f"{log} exists, and SQLite would read it as a part of the backup. Name another file"
        )
    if not os.path.lexists(target):
        return
    if not target.is_file():
        raise StoreFaultError(f"{target} is no regular file. Name another file")
    if not replace:
        raise StoreFaultError(f"{target} exists. Name another file, or replace it: --force")
    if not is_empty(target) and (not _is_ours(target) or has_write_ahead_log(target)):
        raise StoreFaultError(f"{target} is no backup, so it is not replaced. Name another file")


def _is_ours(path: Path) -> bool:
    try:
        return read_identity(path)[0] == schema.APPLICATION_ID
    except StoreFaultError:
        return False


def _require_replaceable(place: Path) -> None:
    """Check that the file is not of another program. It may be damaged, or of a newer version."""
    try:
        application_id = schema.APPLICATION_ID if is_empty(place) else read_identity(place)[0]
    except StoreFaultError:
        return
    require_identity(place, application_id, 0)


def _exchange(copy: Path, place: Path) -> Path | None:
    """Put ``copy`` in the place of the file. Returns the new name of the old file.

    If there is a whole file at ``place``, there is one at every moment: a service that starts then
    would create an empty one.
    """
    names = (place.with_name(f"{place.name}.replaced-{number}") for number in count(1))
    kept = next(name for name in names if not any(map(os.path.lexists, files_of(name))))
    # A damaged file still has others beside it, and so has one that was removed after a crash.
    # SQLite would read an old write-ahead log as the newest changes of the copy.
    others = zip(files_of(place)[1:], files_of(kept)[1:], strict=True)
    moves = [(old, new) for old, new in others if old.exists()]
    was_there = place.exists()
    try:
        for old, new in moves:
            old.replace(new)
        if was_there:
            os.link(place, kept)
        copy.replace(place)
    except OSError:
        for old, new in moves:
            if new.exists():
                new.replace(old)
        kept.unlink(missing_ok=True)
        raise
    if was_there:
        return kept
    return moves[0][1] if moves else None


@contextmanager
def _file_errors(path: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise StoreFaultError(f"cannot write {path}: {error.strerror or error}") from error
    except FileUnavailableError as error:
        raise StoreFaultError(f"cannot write {path}: {error.reason}") from error
