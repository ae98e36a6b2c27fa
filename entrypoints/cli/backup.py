"""``cybershop-customer backup``: a consistent copy of the store, while the service serves."""

import os
from pathlib import Path
from typing import Final

import click

from ..processes.stop_signals import interruptible
from .command import command
from .options import json_option
from .output import print_json
from .shared_store import read_shared_store

_MIB: Final = 1024 * 1024


@command(
    examples=[
        "cybershop-customer backup customer.backup",
        "cybershop-customer backup --force customer.backup",
        "cybershop-customer backup customer.backup --json",
    ]
)
@click.argument(
    "file", type=click.Path(path_type=Path), help="Where to write; only its owner can read it."
)
@click.option("--force", is_flag=True, help="Replace an earlier backup.")
@json_option
def backup(file: Path, *, force: bool, as_json: bool) -> None:
    """Write the backup."""
    _, administration = read_shared_store(os.environ)
    with interruptible():
        size = administration.backups().write(file, replace=force)
    if as_json:
        print_json({"file": str(file), "bytes": size})
        return
    print(f"The backup {file} has {size / _MIB:.1f} MiB and was checked.")
