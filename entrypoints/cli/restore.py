"""``cybershop-customer restore``: put a backup in the place of the store."""

import os
from pathlib import Path

import click

from ..processes.stop_signals import interruptible
from .command import command
from .options import json_option
from .output import print_json
from .shared_store import read_shared_store


@command(
    examples=[
        "cybershop-customer restore customer.backup",
        "cybershop-customer restore customer.backup --json",
    ]
)
@click.argument(
    "file",
    type=click.Path(path_type=Path),
    help="A backup that `cybershop-customer backup` wrote.",
)
@json_option
def restore(file: Path, *, as_json: bool) -> None:
    """Restore the backup."""
    _, administration = read_shared_store(os.environ, may_be_missing=True)
    with interruptible():
        restored = administration.backups().restore(file)
    if as_json:
        kept = None if restored.kept is None else str(restored.kept)
        print_json({"backup": str(file), "place": str(restored.place), "kept": kept})
        return
    print(f"{restored.place} now has what the backup {file} has.")
    if restored.kept is not None:
        print(f"What was there before is kept in {restored.kept}. Delete it when you are sure.")
