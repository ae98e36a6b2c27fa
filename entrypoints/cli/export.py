"""``cybershop-customer export``: everything that is held on a customer, as the operator."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path

import click

from ..export_json import export_parts
from ..whole_file import write_whole_file
from .command import CommandFailedError, command
from .operator import system_operator
from .options import customer_id_argument
from .shared_store import shared_container


@command(
    examples=[
        "cybershop-customer export zoe",
        "cybershop-customer export zoe --output zoe.json",
    ],
    epilog="All customers: cybershop-customer customers export.",
)
@customer_id_argument
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write or replace this file; only its owner can read it; default: the standard output.",
)
def export(customer_id: str, *, output: Path | None) -> None:
    """Export the customer from the store that the settings name."""
    # None is a closed standard output. No export is recorded that no one gets.
    if output is None and sys.stdout is None:  # pyright: ignore[reportUnnecessaryComparison]
        raise CommandFailedError("the standard output is closed. Name a file with --output")
    with shared_container(os.environ) as container:
        export = container.exports().export_customer(customer_id, actor=system_operator())
        parts = export_parts(export)
        if output is None:
            for part in parts:
                sys.stdout.buffer.write(part)
            return
        _write_file(output, parts)
    print(f"Customer {customer_id} is exported to {output}.")


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
