"""``cybershop-customer customers import``: add the customers of a file, as the operator."""

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Final

import click

from ...adapters.system.available_cores import available_cores
from ...domain.imported_customer import ImportRules
from ..container import Container, make_container
from ..customer_files.file_format import FileFormat, format_of
from ..customer_files.import_batches import BatchImport, ImportOptions, ImportOutcome
from ..customer_files.import_progress import ImportProgressFile, ImportState
from ..customer_files.import_report import ImportReport
from ..customer_files.import_run import ImportRun
from ..settings import Settings
from ..settings_together import FEED_TIME_LIMIT
from .command import FAILURE, SUCCESS, CommandFailedError, command
from .numbers import WholeNumber
from .operator import system_operator
from .options import json_option
from .output import print_json
from .output_file import require_free
from .progress_bar import progress_bar
from .shared_store import read_shared_store, store_errors

_MOST_NAMES: Final = 20
_MOST_AT_A_TIME: Final = 64
_AT_A_TIME: Final = 8
_ATTEMPTS: Final = 10
"""No customer waits for an import, so each call waits longer while DynamoDB scales up."""


@command(
    summary="add the customers of a file; who exists is left alone",
    examples=[
        "cybershop-customer customers import --dry-run customers.csv",
        "cybershop-customer customers import --replace-passwords customers.json",
    ],
)
@click.argument(
    "file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="CSV with a line of names, one JSON object a line, or what `aws dynamodb scan` prints.",
)
@click.option(
    "--format",
    "file_format",
    type=click.Choice([its.value for its in FileFormat]),
    help="The form: csv or json; default: csv for a FILE that ends in .csv, else json.",
)
@click.option(
    "--dry-run", is_flag=True, help="Say what would become of each customer, and add none."
)
@click.option(
    "--report",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write or replace this file: each refused line with its number and the reason;"
    " default: the standard error.",
)
@click.option(
    "--progress",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Keep how far the import has come in this file; default: the name of the imported file"
    " and .progress.",
)
@click.option(
    "--replace-passwords",
    is_flag=True,
    help="Add customers whose password is missing or breaks a rule with a random one;"
    " they set a new one by mail. Otherwise they are refused.",
)
@click.option(
    "--allow-roles",
    is_flag=True,
    help="Give customers the roles that the file gives them, also that of admins.",
)
@click.option(
    "--allow-weak-hashes",
    is_flag=True,
    help="Take password hashes that are quick to guess, such as salted SHA.",
)
@click.option(
    "--at-a-time",
    metavar="N",
    type=WholeNumber(1, _MOST_AT_A_TIME),
    default=_AT_A_TIME,
    help=f"DynamoDB: the most transactions in flight, at most {_MOST_AT_A_TIME};"
    f" default: {_AT_A_TIME}.",
)
@json_option
def import_customers(
    *,
    file: Path,
    file_format: str | None,
    dry_run: bool,
    report: Path | None,
    progress: Path | None,
    replace_passwords: bool,
    allow_roles: bool,
    allow_weak_hashes: bool,
    at_a_time: int,
    as_json: bool,
) -> int:
    """Import the file into the store that the settings name.

    Returns 0, or ``FAILURE`` if a customer was refused.
    """
    settings = _import_settings(read_shared_store(os.environ)[0], at_a_time)
    progress = progress or file.with_name(f"{file.name}.progress")
    require_free("--report", report, settings, file, progress)
    require_free("--progress", progress, settings, file)
    container = make_container(settings)
    options = ImportOptions(
        rules=ImportRules(allow_roles=allow_roles, allow_weak_hashes=allow_weak_hashes),
        replace_passwords=replace_passwords,
        dry_run=dry_run,
        threads=min(settings.hashing_threads or available_cores(), settings.hashing_places),
        at_a_time=at_a_time,
        actor=system_operator(),
    )
    kept = ImportProgressFile(progress, _store_name(settings))
    run = ImportRun(
        path=file,
        file_format=FileFormat(file_format or format_of(file)),
        importing=BatchImport(container.customer_import(), options),
        report=ImportReport(report, lambda line: print(line, file=sys.stderr)),
        progress=None if dry_run else kept,
        has_customer=lambda customer_id: _is_taken(container, customer_id),
    )
    try:
        state = _run(run, "checked" if dry_run else "imported")
    finally:
        container.storage().close()
    _print_summary(state, dry_run=dry_run, as_json=as_json)
    return FAILURE if state.outcomes[ImportOutcome.REFUSED] else SUCCESS


def _run(run: ImportRun, label: str) -> ImportState:
    """Import, or go on; show the progress, and say how to go on if the import stops."""
    state = ImportState()
    try:
        with store_errors():
            state = run.begin()
            if state.records:
                print(f"{state.records} customers are done: the import continues.", file=sys.stderr)
            count = run.estimate_count()
            with progress_bar(label, count, unit="customers", done=state.records) as advance:
                return run.run(state, advance=advance)
    except CommandFailedError as error:
        if run.progress is None:
            raise
        # Customers of the batch that was in work may have been added, too.
        done = f"after {state.records} customers. Run it again: it goes on where it stopped"
        raise CommandFailedError(f"{error}\nThe import stopped {done}") from error
    except KeyboardInterrupt:
        if run.progress is not None:
            print(
                "\nThe import is not finished. Run it again, and it goes on.",
                end="",
                file=sys.stderr,
            )
        raise


def _import_settings(settings: Settings, at_a_time: int) -> Settings:
    """The settings of the service, but more patient, and without mail.

    The addresses are those of customers already. No mail goes to all of them.
    """
    return replace(
        settings,
        email_verification="off",
        # The store keeps a connection for each thread.
        threads=max(settings.threads, at_a_time),
        dynamodb_attempts=max(settings.dynamodb_attempts, _ATTEMPTS),
        dynamodb_time_limit_seconds=max(settings.dynamodb_time_limit_seconds, FEED_TIME_LIMIT),
    )


def _is_taken(container: Container, customer_id: str) -> bool:
    # A customer who was deleted meanwhile was there, too.
    return container.customer_repository().is_taken(customer_id, now=container.clock().now())


def _store_name(settings: Settings) -> str:
    if settings.storage == "sqlite":
        return f"sqlite {Path(settings.sqlite_path).resolve()}"
    return f"dynamodb {settings.dynamodb_endpoint or 'AWS'} {settings.table_prefix}customer"


def _print_summary(state: ImportState, *, dry_run: bool, as_json: bool) -> None:
    outcomes = state.outcomes
    without = outcomes[ImportOutcome.ADDED_WITHOUT_PASSWORD]
    added = outcomes[ImportOutcome.ADDED] + without
    existing, refused = outcomes[ImportOutcome.EXISTS], outcomes[ImportOutcome.REFUSED]
    if as_json:
        print_json(
            {
                "dry_run": dry_run,
                "added": added,
                "added_without_password": without,
                "left_alone": existing,
                "refused": refused,
                "attributes_not_imported": dict(state.ignored),
            }
        )
        return
    if not state.records:
        print("The file has no customers.")
        return
    print(f"Customers {'that would be added' if dry_run else 'added'}: {added}.")
    if without:
        print(f"Of these need a new password: {without}.")
    exist = "Exist, and would be" if dry_run else "Existed, and were"
    print(f"{exist} left alone: {existing}.")
    print(f"{'Would be refused' if dry_run else 'Refused'}: {refused}.")
    if state.ignored:
        # A name is a word of the file, so control characters are escaped.
        names = (f"{name!a} ({count})" for name, count in state.ignored.most_common(_MOST_NAMES))
        print(f"These attributes were not imported: {', '.join(names)}.")
