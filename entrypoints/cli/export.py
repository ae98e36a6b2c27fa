"""``cybershop-customer export``: everything that is held on a customer, as the operator."""

import argparse
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from ...domain.actor import OPERATOR
from ..export_json import export_parts
from ..whole_file import write_whole_file
from .command import Command, CommandFailedError
from .parser import CommandParser
from .shared_store import shared_container


def _configure(parser: CommandParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("customer_id", metavar="CUSTOMER_ID")
    parser.add_argument(
        "--output",
        metavar="FILE",
        type=Path,
        help="write or replace this file; only its owner can read it; default: the standard output",
    )


def _run(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Export the customer from the store that the settings name. Returns 0."""
    output: Path | None = options.output
    # None is a closed standard output. No export is recorded that no one gets.
    if output is None and sys.stdout is None:  # pyright: ignore[reportUnnecessaryComparison]
        raise CommandFailedError("the standard output is closed. Name a file with --output")
    with shared_container(environ) as container:
        export = container.exports().export_customer(options.customer_id, actor=OPERATOR)
        parts = export_parts(export)
        if output is None:
            for part in parts:
                sys.stdout.buffer.write(part)
            return 0
        _write_file(output, parts)
    print(f"Customer {options.customer_id} is exported to {output}.")
    return 0


def _write_file(path: Path, parts: Iterable[bytes]) -> None:
    """Write ``path``, which has the whole document or stays as it was.

    Raises:
        CommandFailedError: the file cannot be written.
    """
    try:
        write_whole_file(path, parts)
    except OSError as error:
        raise _write_error(path, error.strerror or str(error)) from error


def _write_error(path: Path, reason: str) -> CommandFailedError:
    return CommandFailedError(f"cannot write {path}: {reason}. Name another file with --output")


COMMAND: Final = Command("write everything that is held on a customer, as JSON", _configure, _run)
