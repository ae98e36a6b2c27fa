"""The file in which ``cybershop-customer copy`` keeps how far it has come."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import mkstemp
from typing import Any, Final

from ...domain.services.store_copy import CopyState
from .command import CommandFailedError

_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class CopyProgress:
    """How far the copy between two stores has come."""

    source: str
    """The ``place`` of the store that is read."""
    target: str
    """The ``place`` of the store that is filled."""
    state: CopyState


class ProgressFile:
    """One file. It has no secret, but the id of one customer: only its owner can read it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> CopyProgress | None:
        """The progress, or None if there is no such file.

        Raises:
            CommandFailedError: the file cannot be read, or is no progress of a copy.
        """
        try:
            found: Any = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._failure("read", error.strerror or str(error)) from error
        except ValueError as error:
            raise self._foreign() from error
        try:
            return _from_json(found)
        except (KeyError, TypeError) as error:
            raise self._foreign() from error

    def write(self, progress: CopyProgress) -> None:
        """Replace the file, so that it always has a whole progress, also after a crash.

        Raises:
            CommandFailedError: the file cannot be written.
        """
        content = {"version": _VERSION, **asdict(progress)}
        try:
            # mkstemp makes a file that only its owner can read and write.
            descriptor, unfinished = mkstemp(prefix=f".{self.path.name}.", dir=self.path.parent)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(content, file)
                file.flush()
                os.fsync(file.fileno())
            Path(unfinished).replace(self.path)
        except OSError as error:
            raise self._failure("write", error.strerror or str(error)) from error

    def _failure(self, what: str, reason: str) -> CommandFailedError:
        return CommandFailedError(
            f"cannot {what} {self.path}: {reason}. Name another file with --progress"
        )

    def _foreign(self) -> CommandFailedError:
        return CommandFailedError(
            f"{self.path} is no progress file of this version: name another file with --progress"
        )


def _from_json(found: Mapping[str, Any]) -> CopyProgress:
    if found["version"] != _VERSION:
        raise KeyError("version")
    state: Mapping[str, Any] = found["state"]
    if not isinstance(state["cursor"], str | None) or not isinstance(state["entries"], int):
        raise TypeError("state")
    return CopyProgress(source=found["source"], target=found["target"], state=CopyState(**state))
