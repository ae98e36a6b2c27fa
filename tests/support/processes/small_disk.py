"""A small file system in memory, for tests of a full disk. Only root may mount one."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


class SmallDisk:
    """A file system at ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def grow(self, mebibytes: int) -> None:
        """Give the file system that size."""
        _run("mount", "-o", f"remount,size={mebibytes}m", str(self.folder))


@contextmanager
def small_disk(folder: Path, mebibytes: int) -> Iterator[SmallDisk]:
    """Mount one at ``folder``; skip the test if that is not possible."""
    try:
        _run("mount", "-t", "tmpfs", "-o", f"size={mebibytes}m", "customer-test", str(folder))
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("small file system: only root may mount one, outside most containers")
    try:
        yield SmallDisk(folder)
    finally:
        _run("umount", "--lazy", str(folder))


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=30)
