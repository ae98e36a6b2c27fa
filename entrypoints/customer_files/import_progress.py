"""How far an import has come, in a file that survives the process."""

import json
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ..whole_file import write_whole_file
from .import_errors import ImportFailedError

_VERSION: Final = 1


@dataclass(slots=True)
class ImportState:
    """What is done. It has the id of one customer, and else only numbers and names of fields."""

    records: int = 0
    """How many records of the file are done."""
    digest: str = ""
    """The SHA-256 of the file's text up to the end of these records."""
    outcomes: Counter[str] = field(default_factory=Counter[str])
    ignored: Counter[str] = field(default_factory=Counter[str])
    last_added: str | None = None
    """A customer that the store must have, or it is not the store of this import."""
    report_bytes: int = 0
    """The length of the report of these records."""


class ImportProgressFile:
    """One file. Only its owner can read it.

    Args:
        path: the file.
        store: names the store that the customers are added to.
    """

    def __init__(self, path: Path, store: str) -> None:
        self.path = path
        self._store = store

    def read(self) -> ImportState | None:
        """The state of an earlier run, or None if there is no such file.

        Raises:
            ImportFailedError: the file cannot be read, or is that of another import.
        """
        try:
            found: Any = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._failure("read", error) from error
        except (RecursionError, ValueError) as error:
            raise self._foreign("no progress file of this version") from error
        try:
            store, state = found["store"], _state_from_json(found)
        except (KeyError, TypeError, ValueError) as error:
            raise self._foreign("no progress file of this version") from error
        if store != self._store:
            raise self._foreign(f"the progress of an import into {store}")
        return state

    def write(self, state: ImportState) -> None:
        """Replace the file, so that it always has a whole state, also after a crash.

        Raises:
            ImportFailedError: the file cannot be written.
        """
        content = {"version": _VERSION, "store": self._store, "state": _state_to_json(state)}
        try:
            write_whole_file(self.path, [json.dumps(content).encode()])
        except OSError as error:
            raise self._failure("write", error) from error

    def remove(self) -> None:
        """Remove the file, if it is there: the import is over."""
        with suppress(OSError):
            self.path.unlink(missing_ok=True)

    def _failure(self, what: str, error: OSError) -> ImportFailedError:
        reason = error.strerror or str(error)
        return ImportFailedError(
            f"cannot {what} {self.path}: {reason}. Name another file with --progress"
        )

    def _foreign(self, what: str) -> ImportFailedError:
        return ImportFailedError(
            f"{self.path} is {what}: delete it if that import is over, or name another file with"
            " --progress"
        )


def _state_to_json(state: ImportState) -> dict[str, object]:
    return {
        "records": state.records,
        "digest": state.digest,
        "outcomes": dict(state.outcomes),
        "ignored": dict(state.ignored),
        "last_added": state.last_added,
        "report_bytes": state.report_bytes,
    }


def _state_from_json(found: Mapping[str, Any]) -> ImportState:
    if found["version"] != _VERSION:
        raise KeyError("version")
    state: Mapping[str, Any] = found["state"]
    outcomes, ignored = Counter[str](state["outcomes"]), Counter[str](state["ignored"])
    records, report_bytes = state["records"], state["report_bytes"]
    numbers = (records, report_bytes, *outcomes.values(), *ignored.values())
    if any(type(number) is not int or number < 0 for number in numbers):
        raise ValueError("a count")
    return ImportState(
        records, state["digest"], outcomes, ignored, state["last_added"], report_bytes
    )
