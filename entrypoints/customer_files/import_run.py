"""Runs an import from a file, with its progress and its report."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Final

from ...adapters.foreign_hashes.argon2 import missing_argon2
from .customer_fields import ParsedCustomer, parse_customer
from .file_format import FileFormat, read_records
from .file_lines import FileLines
from .file_record import UnreadableFileError
from .import_batches import BatchImport, ImportOutcome, ImportResult
from .import_errors import ImportFailedError
from .import_progress import ImportProgressFile, ImportState
from .import_report import ImportReport

try:
    import fcntl
except ImportError:  # Windows has none.
    fcntl = None  # type: ignore[assignment]

_CHUNK: Final = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRun:
    """One import of one file.

    Args:
        path: the file.
        file_format: its format.
        importing: adds the customers.
        report: gets the refused records.
        progress: keeps how far the import has come; None for a dry run.
        has_customer: whether the store has a customer with this id. An import is resumed only
            into the store that has the last customer that was added.
    """

    path: Path
    file_format: FileFormat
    importing: BatchImport
    report: ImportReport
    progress: ImportProgressFile | None
    has_customer: Callable[[str], bool]

    def estimate_count(self) -> int | None:
        """About how many records the file has: its lines. None if it cannot be read."""
        try:
            with self.path.open("rb") as file:
                return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(_CHUNK), b""))
        except OSError:
            return None

    def begin(self) -> ImportState:
        """What an earlier run has done; an empty state for a new import.

        Raises:
            ImportFailedError: the progress is that of another import; or the file is a pipe, or
                has hashes whose extra is missing.
        """
        self._require_readable()
        state = None if self.progress is None else self.progress.read()
        if state is None:
            return ImportState()
        if state.last_added is not None and not self.has_customer(state.last_added):
            raise ImportFailedError(
                f"the store does not have the customer {state.last_added!r}, which was added"
                f" before: delete {self._progress_path} to import from the beginning"
            )
        return state

    def _require_readable(self) -> None:
        if self.path.exists() and not (self.path.is_file() or self.path.is_dir()):
            # It is read twice, and again when the import is resumed.
            raise ImportFailedError(
                f"{self.path} is not a regular file. Write its content to a file, and import that"
            )
        missing = missing_argon2()
        if missing is not None and self._file_contains(b"$argon2i"):
            # Before the first customer is added, not at the line of the first such hash.
            raise ImportFailedError(f"{self.path} has hashes of Argon2, and {missing}")

    def _file_contains(self, text: bytes) -> bool:
        try:
            with self.path.open("rb") as file:
                end = b""
                while chunk := file.read(_CHUNK):
                    if text in end + chunk:
                        return True
                    end = chunk[-len(text) :]
        except OSError:
            # ``run`` says what is wrong.
            pass
        return False

    def run(self, state: ImportState, *, advance: Callable[[int], object]) -> ImportState:
        """Import what ``state`` says is not done yet. Returns the state at the end of the file.

        ``advance`` gets the number of records of each batch, once they are done.

        Raises:
            ImportFailedError: the file cannot be read, or is not the one that was begun.
            StoreUnavailableError: the store does not answer. Run the import again.
            StoreFaultError: the store refuses, and an operator has to fix it.
        """
        try:
            # What is not UTF-8 is a fault of its line.
            with (
                self.path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file,
                closing(self.report),
            ):
                self._require_alone(file.fileno())
                lines = FileLines(file)
                customers = map(parse_customer, read_records(lines, self.file_format))
                self._skip(customers, lines, state)
                # A file of another form is refused here, before anything is written.
                first = [*islice(customers, 1)]
                self.report.begin(state.report_bytes)
                if self.progress is not None:
                    # Fails before the first customer is added, if it fails.
                    self.progress.write(state)
                for results in self.importing.run(chain(first, customers)):
                    self._note(state, results, lines)
                    advance(len(results))
        except (OSError, UnreadableFileError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise ImportFailedError(f"cannot read {self.path}: {reason}") from error
        if self.progress is not None:
            self.progress.remove()
        return state

    def _require_alone(self, descriptor: int) -> None:
        """Lock the file until it is closed: two imports would overwrite each other's progress."""
        if self.progress is None or fcntl is None:
            return
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ImportFailedError(f"another import of {self.path} runs") from error
        except OSError:
            return  # Some network file systems have no locks.

    def _skip(
        self, customers: Iterator[ParsedCustomer], lines: FileLines, state: ImportState
    ) -> None:
        if not state.records:
            return
        skipped = sum(1 for _ in islice(customers, state.records))
        if (skipped, lines.digest()) != (state.records, state.digest):
            raise ImportFailedError(
                f"the part of {self.path} that is done has changed: delete {self._progress_path} to"
                " import from the beginning. Customers who were added already are left alone"
            )

    def _note(self, state: ImportState, results: list[ImportResult], lines: FileLines) -> None:
        """Report a batch, and keep that it is done."""
        refused = [result for result in results if result.outcome is ImportOutcome.REFUSED]
        state.report_bytes = self.report.add(refused)
        state.records += len(results)
        state.digest = lines.digest()
        for result in results:
            state.outcomes[result.outcome] += 1
            state.ignored.update(result.ignored)
            if result.outcome in {ImportOutcome.ADDED, ImportOutcome.ADDED_WITHOUT_PASSWORD}:
                state.last_added = result.customer_id
        if self.progress is not None:
            self.progress.write(state)

    @property
    def _progress_path(self) -> Path | None:
        return None if self.progress is None else self.progress.path
