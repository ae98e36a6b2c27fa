"""``cybershop-customer restore``: put a backup in the place of the store."""

import os
from pathlib import Path

import click

from .command import command
from .shared_store import read_shared_store
from .stop_signals import interruptible


@command(examples=["cybershop-customer restore customer.backup"])
@click.argument(
    "file",
    type=click.Path(path_type=Path),
    help="A backup that `cybershop-customer backup` wrote.",
)
def restore(file: Path) -> None:
    """Restore the backup."""
    _, administration = read_shared_store(os.environ, may_be_missing=True)
    with interruptible():
        restored = administration.backups().restore(file)
    print(f"{restored.place} now has what the backup {file} has.")
    if restored.kept is not None:
        print(f"What was there before is kept in {restored.kept}. Delete it when you are sure.")
