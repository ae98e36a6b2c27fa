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
from .file_place import (
    files_of,
    is_empty,
    open_unlocked,
    read_identity,
    require_identity,
    require_own,
    require_place,
)
from .sole_use import sole_use


class SQLiteBackups(StoreBackups):
    """Copies of the file, each a file of SQLite on its own."""

    def __init__(self, file: DatabaseFile) -> None:
        self._file = file

    def write(self, path: Path, *, replace: bool = False) -> int:
        target = Path(os.path.realpath(path))
        if target in files_of(self._file.path):
            raise StoreFaultError(f"{target} is the store itself. Name another file")
        if is_empty(self._file.path):
            raise StoreFaultError(f"{self._file.path} does not exist yet: nothing can be backed up")
        self._require_writable(target, replace=replace)
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

    def _require_writable(self, target: Path, *, replace: bool) -> None:
        if not os.path.isdir(target.parent):  # noqa: PTH112 (Path's raises)
            raise StoreFaultError(f"the directory {target.parent} does not exist. Create it")
        if not os.path.lexists(target):
            return
        if not target.is_file():
            raise StoreFaultError(f"{target} is no regular file. Name another file")
        if not replace:
            raise StoreFaultError(f"{target} exists. Name another file, or replace it: --force")
        if not is_empty(target) and not _is_ours(target):
            raise StoreFaultError(
                f"{target} is no backup, so it is not replaced. Name another file"
            )

    def _require_backup(self, backup: Path) -> None:
        if not backup.is_file() or is_empty(backup):
            raise StoreFaultError(f"{backup} is no file, or it is empty. Name a backup")
        if backup == self._file.path:
            raise StoreFaultError(f"{backup} is the store itself. Name a backup")
        if not _is_ours(backup):
            raise StoreFaultError(f"{backup} is no backup of this service. Name another file")
        log = files_of(backup)[1]
        if not is_empty(log):
            raise StoreFaultError(
                f"{log} is beside the file, so this is a copy of a file in use and no backup. Name"
                " a file that `cybershop-customer backup` has written"
            )
        require_own(backup)
        with translated():
            faults = list(find_faults(backup))
        if faults:
            raise StoreFaultError(f"{backup} is damaged: {'; '.join(faults)}. Use another backup")


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

    There is a whole file at ``place`` at every moment: a service that starts then would create an
    empty one.
    """
    if not place.exists():
        copy.replace(place)
        return None
    names = (place.with_name(f"{place.name}.replaced-{number}") for number in count(1))
    kept = next(name for name in names if not os.path.lexists(name))
    # Only a damaged file still has others beside it.
    moves = [*zip(files_of(place)[1:], files_of(kept)[1:], strict=True)]
    try:
        for old, new in moves:
            if old.exists():
                old.replace(new)
        os.link(place, kept)
        copy.replace(place)
    except OSError:
        for old, new in moves:
            if new.exists():
                new.replace(old)
        kept.unlink(missing_ok=True)
        raise
    return kept


@contextmanager
def _file_errors(path: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise StoreFaultError(f"cannot write {path}: {error.strerror or error}") from error
    except FileUnavailableError as error:
        raise StoreFaultError(f"cannot write {path}: {error.reason}") from error
