"""A directory for a file of SQLite."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest


@pytest.fixture
def directory() -> Iterator[Path]:
    """A new directory that every user may write to; pytest's own is the user's alone."""
    with TemporaryDirectory(prefix="customer-sqlite-") as name:
        directory = Path(name).resolve()
        directory.chmod(0o777)
        yield directory
        directory.chmod(0o777)
