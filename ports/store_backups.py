"""Backups of a store as files."""

from abc import abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Restored:
    """The outcome of ``restore``."""

    place: Path
    """The store's own file, which now has what the backup has."""
    kept: Path | None
    """Where the file is that was there before; None if there was none."""


class StoreBackups(Protocol):
    """Writes backups and restores them."""

    @abstractmethod
    def write(self, path: Path, *, replace: bool = False) -> int:
        """Write a backup, while the service may serve. Returns its size in bytes.

        It has every change that was stored before the call, and a change either wholly or not at
        all. Only its owner can read it. If this fails, ``path`` is as it was.

        Args:
            path: of the backup.
            replace: whether an earlier backup may be there. No other file is ever replaced.

        Raises:
            StoreFaultError: the backup cannot be written, or the store is damaged.
            StoreUnavailableError: the store cannot be read currently.
        """

    @abstractmethod
    def restore(self, path: Path) -> Restored:
        """Replace what is in the store by a backup. What was there before is kept.

        If this fails, the store is as it was.

        Raises:
            StoreFaultError: the file is no backup that this version can read, the backup is
                damaged, or a process has the store open.
            StoreUnavailableError: the disk is full.
        """
