"""The operator's access to the file."""

import shutil
import sqlite3
import stat
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from ...domain.errors import StoreFaultError
from ...ports.bulk_access import BulkSource, BulkTarget
from ...ports.finding import Finding, Status
from ...ports.store_administration import StoreAdministration, TableProvisioner
from ...ports.table_plan import PlanStep, TableOptions, TablePlan
from . import schema
from .backups import SQLiteBackups
from .bulk_access import sqlite_source, sqlite_target
from .database_file import DatabaseFile
from .errors import FileUnavailableError, store_error, translated
from .file_copy import integrity_faults
from .file_identity import identity, require_own
from .file_place import files_of, is_empty, require_place, require_present
from .sole_use import sole_use

_MIB = 1024 * 1024
_LITTLE_SPACE = 256 * _MIB
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True)
class FileStep(PlanStep):
    """A step on the file."""

    deletes: bool = False


@dataclass(frozen=True, slots=True)
class _Examined:
    """What a look at the file found."""

    version: int
    faults: tuple[str, ...]


class SQLiteProvisioner(TableProvisioner[FileStep]):
    """Creates, checks and deletes the file with all its tables."""

    def __init__(self, file: DatabaseFile) -> None:
        self._file = file

    @property
    def place(self) -> str:
        return self._file.place

    def plan(self, options: TableOptions) -> tuple[TablePlan[FileStep], ...]:
        path = self._file.path
        notes = tuple(f"SQLite has no {kind}" for kind in _unknown_options(options))
        require_place(path)
        if is_empty(path):
            step = FileStep("create the file, with all tables")
            state = "is empty" if path.exists() else "does not exist"
            return (TablePlan(path.name, steps=(step,), differences=(state,), notes=notes),)
        found = _examine(self._file)
        steps: tuple[FileStep, ...] = ()
        differences: tuple[str, ...] = ()
        newest = schema.newest_version()
        if found.version < newest:
            differences = (f"has schema {found.version}, and this version needs {newest}",)
            steps = (FileStep("copy the file beside itself, and update its schema"),)
        obstacles = tuple(f"{fault}. Restore a backup" for fault in found.faults)
        notes = (f"it has {_size(path) / _MIB:.1f} MiB", *notes)
        return (
            TablePlan(
                path.name, steps=steps, differences=differences, obstacles=obstacles, notes=notes
            ),
        )

    def plan_deletion(self) -> tuple[TablePlan[FileStep], ...]:
        path = self._file.path
        if not path.exists():
            return (TablePlan(path.name, present=False),)
        require_own(path)
        step = FileStep("delete the file, with all that is in it", deletes=True)
        return (TablePlan(path.name, steps=(step,), present=False),)

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
        with sole_use(self._file.path):
            for path in files_of(self._file.path):
                path.unlink(missing_ok=True)
        self._file.forget()


class SQLiteAdministration(StoreAdministration):
    """Examines, provisions and backs up the file."""

    def __init__(self, file: DatabaseFile) -> None:
        self._file = file

    def examine(self) -> Iterator[Finding]:
        path = self._file.path
        try:
            require_place(path)
        except (StoreFaultError, FileUnavailableError) as error:
            yield Finding("file", Status.FAILED, *_detail_and_remedy(error))
            return
        if is_empty(path):
            remedy = (
                "set CUSTOMER_SQLITE_PATH to the file of the service, if it has one. The service"
                " creates a missing file at its start, and so does `cybershop-customer tables"
                " create`"
            )
            yield Finding("file", Status.WARNING, f"there is no SQLite file at {path}", remedy)
        else:
            yield from self._examine_file()
        yield _space_finding(path)

    def require_present(self) -> None:
        require_present(self._file.path)

    @contextmanager
    def provisioner(self) -> Generator[SQLiteProvisioner]:
        try:
            yield SQLiteProvisioner(self._file)
        except FileUnavailableError as error:
            raise StoreFaultError(f"the store is unavailable: {error.reason}") from error
        except sqlite3.Error as error:
            raise StoreFaultError(str(store_error(error))) from error
        except OSError as error:
            if error.filename is None:
                raise  # It is not about a file, but for example about the output of the block.
            raise StoreFaultError(f"{error.filename}: {error.strerror}") from error

    def estimate_scan(self) -> None:
        """None: to read the file costs nothing."""

    def backups(self) -> SQLiteBackups:
        return SQLiteBackups(self._file)

    def bulk_source(self, *, exclusive: bool = True) -> AbstractContextManager[BulkSource]:
        return sqlite_source(self._file, exclusive=exclusive)

    def bulk_target(self) -> AbstractContextManager[BulkTarget]:
        return sqlite_target(self._file)

    def _examine_file(self) -> Iterator[Finding]:
        path = self._file.path
        yield from _mode_findings(path)
        try:
            found = _examine(self._file)
        except (StoreFaultError, FileUnavailableError) as error:
            yield Finding("file", Status.FAILED, *_detail_and_remedy(error))
            return
        newest = schema.newest_version()
        if found.version < newest:
            detail = f"{path} has schema {found.version}, and this version needs {newest}"
            remedy = "the service updates it at its start, after a copy beside the file"
            yield Finding("schema", Status.WARNING, detail, remedy)
        if found.faults:
            detail, remedy = "; ".join(found.faults), "restore a backup: docs/sqlite.md"
            yield Finding("integrity", Status.FAILED, detail, remedy)
        else:
            detail = (
                f"{path} has schema {found.version} and {_size(path) / _MIB:.1f} MiB;"
                " integrity_check and foreign_key_check say ok"
            )
            yield Finding("integrity", Status.OK, detail)


def _examine(file: DatabaseFile) -> _Examined:
    """Read the whole file, and change nothing."""
    with closing(file.inspect()) as connection, translated():
        connection.execute("PRAGMA query_only = ON")
        faults = tuple(integrity_faults(connection))
        _, version = identity(connection)
        return _Examined(version, faults)


def _detail_and_remedy(error: StoreFaultError | FileUnavailableError) -> tuple[str, str]:
    """The two parts of the text of an error: what is wrong, and what to do."""
    text = error.reason if isinstance(error, FileUnavailableError) else str(error)
    detail, _, remedy = text.partition(". ")
    return detail, remedy[:1].lower() + remedy[1:]


def _unknown_options(options: TableOptions) -> Iterator[str]:
    if options.point_in_time_recovery:
        yield "point-in-time recovery. Use `cybershop-customer backup`"
    if options.tags:
        yield "tags"


def _mode_findings(path: Path) -> Iterator[Finding]:
    """The modes of the file and of those beside it, which get its mode."""
    open_files = [file for file in files_of(path) if file.exists() and _mode(file) & _OTHERS]
    for file in open_files:
        detail = f"the mode of {file} is {_mode(file):04o}, so other users may open it"
        yield Finding("mode", Status.WARNING, detail, f"chmod 600 {file}")
    if not open_files:
        yield Finding("mode", Status.OK, f"only the owner can open {path}")


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _space_finding(path: Path) -> Finding:
    free = shutil.disk_usage(path.parent).free
    detail = f"{free / _MIB:.0f} MiB are free on the disk"
    if free > _LITTLE_SPACE:
        return Finding("space", Status.OK, detail)
    return Finding("space", Status.WARNING, detail, "free space, or move the file")


def _size(path: Path) -> int:
    return sum(file.stat().st_size for file in files_of(path) if file.exists())
