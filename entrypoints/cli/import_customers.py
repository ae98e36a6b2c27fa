"""``cybershop-customer import``: add the customers of a file, as the operator."""

import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import click

from ...adapters.system.available_cores import available_cores
from ..container import make_container
from ..customer_import import CustomerImport, ImportOutcome
from ..item_file import TableItem, UnreadableFileError, read_items
from .command import FAILURE, SUCCESS, CommandFailedError, command
from .shared_store import read_shared_store, store_errors

_PROGRESS: Final = 1000
_MOST_NAMES: Final = 20


@command(
    examples=[
        "cybershop-customer import customers.json",
        "cybershop-customer import --replace-passwords customers.json",
    ]
)
@click.argument(
    "file",
    type=click.Path(path_type=Path),
    help="JSON: what `aws dynamodb scan` prints, or one object a line.",
)
@click.option(
    "--replace-passwords",
    is_flag=True,
    help="Add customers whose password is missing or breaks a rule with a random one;"
    " they set a new one by mail. Otherwise they are refused.",
)
def import_customers(file: Path, *, replace_passwords: bool) -> int:
    """Import the file into the store that the settings name.

    Returns 0, or ``FAILURE`` if an item was refused.
    """
    settings, _ = read_shared_store(os.environ)
    # The addresses are those of the shop's customers already. No mail goes to all of them.
    container = make_container(replace(settings, email_verification="off"))
    importing = CustomerImport(
        container.customers(),
        container.random_source(),
        replace_passwords=replace_passwords,
        threads=min(settings.hashing_threads or available_cores(), settings.hashing_places),
    )
    counts: Counter[ImportOutcome] = Counter()
    ignored: Counter[str] = Counter()
    try:
        with store_errors():
            for result in importing.add(_noting(ignored, _read_file(file))):
                counts[result.outcome] += 1
                if result.reason:
                    print(f"item {result.number}: {result.reason}", file=sys.stderr)
                if counts.total() % _PROGRESS == 0:
                    print(f"{counts.total()} items so far …", file=sys.stderr)
    except CommandFailedError as error:
        # Items that were in work may have been added, too.
        done = f"after at least {counts.total()} items. Run it again: it goes on where it stopped"
        raise CommandFailedError(f"{error}\nThe import stopped {done}") from error
    _print_summary(counts, ignored)
    return FAILURE if counts[ImportOutcome.REFUSED] else SUCCESS


def _read_file(path: Path) -> Iterator[TableItem]:
    """The items of the file at ``path``.

    Raises:
        CommandFailedError: the file cannot be read.
    """
    try:
        # What is not UTF-8 becomes a fault of its field.
        with path.open(encoding="utf-8-sig", errors="surrogateescape") as file:
            yield from read_items(file)
    except (OSError, UnreadableFileError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CommandFailedError(f"cannot read {path}: {reason}") from error


def _noting(ignored: Counter[str], items: Iterable[TableItem]) -> Iterator[TableItem]:
    """``items``; the attributes that are not imported are counted in ``ignored``."""
    for item in items:
        ignored.update(item.ignored)
        yield item


def _print_summary(counts: Counter[ImportOutcome], ignored: Counter[str]) -> None:
    added = counts[ImportOutcome.ADDED] + counts[ImportOutcome.ADDED_WITHOUT_PASSWORD]
    print(f"Customers added: {added}.")
    if counts[ImportOutcome.ADDED_WITHOUT_PASSWORD]:
        print(f"Of these need a new password: {counts[ImportOutcome.ADDED_WITHOUT_PASSWORD]}.")
    print(f"Existed, and were left alone: {counts[ImportOutcome.EXISTS]}.")
    print(f"Refused: {counts[ImportOutcome.REFUSED]}.")
    if ignored:
        # A name is a word of the file, so control characters are escaped.
        names = (f"{name!a} ({count})" for name, count in ignored.most_common(_MOST_NAMES))
        print(f"These attributes were not imported: {', '.join(names)}.")
