"""The operator's access to the file."""

import os
import shutil
import sqlite3
import stat
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from ...domain.errors import StoreFaultError, StoreUnavailableError
from ...ports.bulk_access import BulkSource, BulkTarget
from ...ports.finding import Finding, Status
from ...ports.store_administration import StoreAdministration, TableProvisioner
from ...ports.table_plan import PlanStep, TableOptions, TablePlan
from .bulk_access import sqlite_source, sqlite_target
from .database_file import DatabaseFile
from .errors import store_error
from .schema import SCHEMA_VERSION

_MIB = 1024 * 1024
_LITTLE_SPACE = 256 * _MIB
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True)
class FileStep(PlanStep):
    """A step on the file."""

    deletes: bool = False


class SQLiteProvisioner(TableProvisioner[FileStep]):
    """Creates, checks and deletes the file with all its tables."""

    def __init__(self, file: DatabaseFile) -> None:
        self._file = file

    @property
    def place(self) -> str:
        return f"SQLite, the file {self._file.path.absolute()}"

    def plan(self, options: TableOptions) -> tuple[TablePlan[FileStep], ...]:
        name = self._file.path.name
        notes = tuple(f"SQLite has no {kind}" for kind in _unknown_options(options))
        if not self._file.path.exists():
            step = FileStep("create the file")
            missing = ("does not exist",)
            return (TablePlan(name, steps=(step,), differences=missing, notes=notes),)
        faults = tuple(_integrity_faults(self._file))
        size = f"it has {_size(self._file.path) / _MIB:.1f} MiB"
        return (TablePlan(name, obstacles=faults, notes=(size, *notes)),)

    def plan_deletion(self) -> tuple[TablePlan[FileStep], ...]:
        name = self._file.path.name
        if not self._file.path.exists():
            return (TablePlan(name, present=False),)
        step = FileStep("delete the file, with all that is in it", deletes=True)
        return (TablePlan(name, steps=(step,), present=False),)

    def apply_plans(
        self,
        plans: Sequence[TablePlan[FileStep]],
        *,
        before_step: Callable[[str, PlanStep], None],
    ) -> None:
        for plan in plans:
            for step in plan.steps:
                before_step(plan.name, step)
                if step.deletes:
                    self._delete()
                else:
                    self._file.connect().close()

    def _delete(self) -> None:
        # The connection must be the only one: another process would go on with a deleted file.
        with closing(self._file.connect()) as connection:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("ROLLBACK")
            for path in _files(self._file.path):
                path.unlink(missing_ok=True)


class SQLiteAdministration(StoreAdministration):
    """Examines and provisions the file."""

    def __init__(self, file: DatabaseFile) -> None:
        self._file = file

    def examine(self) -> Iterator[Finding]:
        path = self._file.path
        yield _directory_finding(path)
        if not path.exists():
            remedy = "the service creates it at its start; or `cybershop-customer tables create`"
            yield Finding("file", Status.WARNING, f"{path} does not exist yet", remedy)
            return
        yield _mode_finding(path)
        try:
            faults = list(_integrity_faults(self._file))
        except (StoreFaultError, StoreUnavailableError) as error:
            yield Finding("file", Status.FAILED, str(error), "see docs/sqlite.md")
            return
        if faults:
            yield Finding("integrity", Status.FAILED, "; ".join(faults), "restore a backup")
        else:
            detail = f"schema {SCHEMA_VERSION}, {_size(path) / _MIB:.1f} MiB, integrity_check: ok"
            yield Finding("integrity", Status.OK, detail)
        yield _space_finding(path)

    @contextmanager
    def provisioner(self) -> Generator[SQLiteProvisioner]:
        try:
            yield SQLiteProvisioner(self._file)
        except StoreUnavailableError as error:
            raise StoreFaultError("another process holds the file; stop it first") from error
        except sqlite3.Error as error:
            raise StoreFaultError(str(store_error(error))) from error
        except OSError as error:
            raise StoreFaultError(f"{self._file.path}: {error.strerror}") from error

    def bulk_source(self) -> AbstractContextManager[BulkSource]:
        return sqlite_source(self._file)

    def bulk_target(self) -> AbstractContextManager[BulkTarget]:
        return sqlite_target(self._file)


def _integrity_faults(file: DatabaseFile) -> Iterator[str]:
    """What ``PRAGMA integrity_check`` and ``foreign_key_check`` say, except "ok"."""
    try:
        with closing(file.connect()) as connection:
            for (text,) in connection.execute("PRAGMA integrity_check(10)"):
                if text != "ok":
                    yield text
            for table, *_ in connection.execute("PRAGMA foreign_key_check"):
                yield f"a row of {table} belongs to no customer"
    except sqlite3.Error as error:
        raise store_error(error) from error


def _unknown_options(options: TableOptions) -> Iterator[str]:
    if options.point_in_time_recovery:
        yield "point-in-time recovery: use `cybershop-customer backup`"
    if options.tags:
        yield "tags"


def _directory_finding(path: Path) -> Finding:
    directory = path.absolute().parent
    if not directory.is_dir():
        remedy = f"create it: mkdir -p {directory}"
        return Finding("directory", Status.FAILED, f"{directory} does not exist", remedy)
    if not os.access(directory, os.W_OK | os.X_OK):
        detail = f"this user may not write to {directory}, where SQLite keeps two more files"
        return Finding("directory", Status.FAILED, detail, "give the service's user that right")
    return Finding("directory", Status.OK, f"{directory} can be written to")


def _mode_finding(path: Path) -> Finding:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & _OTHERS:
        detail = f"the mode of {path} is {mode:04o}, so other users may read it"
        return Finding("mode", Status.WARNING, detail, f"chmod 600 {path}*")
    return Finding("mode", Status.OK, f"the mode is {mode:04o}")


def _space_finding(path: Path) -> Finding:
    free = shutil.disk_usage(path.absolute().parent).free
    detail = f"{free / _MIB:.0f} MiB are free on the disk"
    status = Status.OK if free > _LITTLE_SPACE else Status.WARNING
    return Finding("space", status, detail, "" if status is Status.OK else "make room")


def _size(path: Path) -> int:
    return sum(file.stat().st_size for file in _files(path) if file.exists())


def _files(path: Path) -> tuple[Path, ...]:
    """The file, its write-ahead log and its shared memory."""
    return (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm"))
