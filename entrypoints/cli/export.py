"""``cybershop-customer export``: everything that is held on a customer, as the operator."""

import os
from pathlib import Path

import click

from ..export_json import export_parts
from .command import command
from .operator import system_operator
from .options import customer_id_argument
from .output_file import require_free, require_output, write_output
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
    require_output(output)
    with shared_container(os.environ) as container:
        require_free("--output", output, container.settings())
        export = container.exports().export_customer(customer_id, actor=system_operator())
        write_output(output, export_parts(export))
    if output is not None:
        print(f"Customer {customer_id} is exported to {output}.")
