"""``cybershop-customer customers export``: all customers, as a file for ``customers import``."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TextIO

import click

from ...domain.customer import Customer
from ..container import make_container
from ..customer_files.export_file import export_lines, stored_customers
from ..customer_files.file_format import FileFormat, format_of
from .command import command
from .operator import system_operator
from .output_file import require_free, require_output, write_output
from .progress_bar import progress_bar
from .shared_store import read_shared_store, store_errors


@command(
    summary="write all customers to a file that `customers import` reads",
    examples=[
        "cybershop-customer customers export --output customers.csv",
        "cybershop-customer customers export --with-hashes --output customers.json",
    ],
    epilog="Everything that is held on one customer: cybershop-customer export CUSTOMER_ID.",
)
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write or replace this file; only its owner can read it; default: the standard output.",
)
@click.option(
    "--format",
    "file_format",
    type=click.Choice([its.value for its in FileFormat]),
    help="The form: json (an object a line) or csv; default: csv for a FILE in .csv, else json.",
)
@click.option(
    "--with-hashes",
    is_flag=True,
    help="Include the password hashes; keep the file as secret as the store.",
)
def export_customers(*, output: Path | None, file_format: str | None, with_hashes: bool) -> None:
    """Export the customers of the store that the settings name."""
    require_output(output)
    chosen = FileFormat(file_format or format_of(output or Path("-")))
    settings, administration = read_shared_store(os.environ)
    require_free("--output", output, settings)
    container = make_container(settings)
    try:
        with store_errors():
            now = container.clock().now()
            container.exports().record_export_of_all(
                actor=system_operator(), with_hashes=with_hashes
            )
            with (
                administration.bulk_source(exclusive=False) as source,
                progress_bar("exported", None, unit="customers") as advance,
            ):
                pages = _counted(
                    stored_customers(source, now=now),
                    advance,
                    sys.stderr if output is None else sys.stdout,
                )
                write_output(output, export_lines(pages, chosen, with_hashes=with_hashes))
    finally:
        container.storage().close()


def _counted(
    pages: Iterable[list[Customer]], advance: Callable[[int], None], report: TextIO
) -> Iterator[list[Customer]]:
    count = 0
    for page in pages:
        yield page
        count += len(page)
        advance(len(page))
    print(f"Customers exported: {count}.", file=report)
