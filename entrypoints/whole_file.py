"""Writes a file that only its owner can read, and that is whole or stays as it was."""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from tempfile import mkstemp


def write_whole_file(path: Path, parts: Iterable[bytes]) -> None:
    """Write or replace ``path``. A symbolic link stays; the file to which it leads is written.

    Raises:
        OSError: the file cannot be written, or is no regular file. ``path`` is unchanged.
    """
    unfinished: str | None = None
    try:
        # To replace /dev/null or /dev/stdout would harm the whole machine.
        if path.exists() and not path.is_file():
            raise OSError("it is no regular file")
        target = Path(os.path.realpath(path))
        # mkstemp makes a file that only its owner can read and write.
        descriptor, unfinished = mkstemp(prefix=f".{target.name}.", dir=target.parent)
        with os.fdopen(descriptor, "wb") as file:
            for part in parts:
                file.write(part)
            file.flush()
            os.fsync(file.fileno())
        Path(unfinished).replace(target)
        unfinished = None
    finally:
        if unfinished is not None:
            with suppress(OSError):
                Path(unfinished).unlink()
