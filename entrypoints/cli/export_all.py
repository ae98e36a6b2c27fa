"""``cybershop-customer export-all``: all customers, as a file that ``import`` reads."""

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from ...domain.actor import OPERATOR
from ...domain.customer import Customer
from ..container import make_container
from ..customer_files.customer_export import export_lines, stored_customers
from ..customer_files.file_format import FileFormat, format_of
from ..whole_file import write_whole_file
from .command import Command, CommandFailedError
from .parser import CommandParser
from .progress_bar import progress_bar
from .shared_store import read_shared_store, store_errors


def _configure(parser: CommandParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "--output",
        metavar="FILE",
        type=Path,
        help="write or replace this file; only its owner can read it; default: the standard output",
    )
    parser.add_argument(
        "--format",
        choices=[*FileFormat],
        help="json (one object a line) or csv; default: csv for a FILE that ends in .csv",
    )
    parser.add_argument(
        "--with-hashes",
        action="store_true",
        help="include the password hashes; keep the file as secret as the store",
    )


def _run(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Export the customers of the store that the settings name. Returns 0."""
    output: Path | None = options.output
    # None is a closed standard output. No export is recorded that no one gets.
    if output is None and sys.stdout is None:  # pyright: ignore[reportUnnecessaryComparison]
        raise CommandFailedError("the standard output is closed. Name a file with --output")
    file_format = FileFormat(options.format or format_of(output or Path("-")))
    settings, administration = read_shared_store(environ)
    container = make_container(settings)
    try:
        with store_errors():
            now = container.clock().now()
            container.exports().record_export_of_all(
                actor=OPERATOR, with_hashes=options.with_hashes
            )
            with (
                administration.bulk_source(exclusive=False) as source,
                progress_bar("exported", None) as advance,
            ):
                pages = _counted(stored_customers(source, now=now), advance)
                parts = export_lines(pages, file_format, with_hashes=options.with_hashes)
                _write(output, parts)
    finally:
        container.storage().close()
    return 0


def _counted(
    pages: Iterable[list[Customer]], advance: Callable[[int], None]
) -> Iterator[list[Customer]]:
    count = 0
    for page in pages:
        yield page
        count += len(page)
        advance(len(page))
    print(f"Customers exported: {count}.", file=sys.stderr)


def _write(output: Path | None, parts: Iterable[bytes]) -> None:
    if output is None:
        for part in parts:
            sys.stdout.buffer.write(part)
        return
    try:
        write_whole_file(output, parts)
    except OSError as error:
        reason = error.strerror or str(error)
        raise CommandFailedError(
            f"cannot write {output}: {reason}. Name another file with --output"
        ) from error


COMMAND: Final = Command("write all customers, as a file that import reads", _configure, _run)
