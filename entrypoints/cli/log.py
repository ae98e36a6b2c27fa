"""``cybershop-customer log``: the audit log of a customer, as the operator."""

import json
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from time import sleep as wait
from typing import Final

import click

from ...domain.audit import AuditRecord, rfc3339
from ...domain.audit_range import MAX_PAGE
from ...domain.services.audit_service import AuditService
from ..record_json import record_json
from .command import command
from .log_follower import LogFollower
from .moment import check_moment, moment_at
from .operator import system_operator
from .options import customer_id_argument
from .output import printable
from .shared_store import shared_container

POLL_SECONDS: Final = 2.0
"""How often ``--follow`` reads: on DynamoDB one read unit or more each time."""


@command(
    only_prints=True,
    examples=[
        "cybershop-customer log zoe",
        "cybershop-customer log zoe --since 7d",
        "cybershop-customer log zoe --since 2026-01-01 --until 2026-02-01 --json",
        "cybershop-customer log zoe --follow",
        "cybershop-customer log - --since 1h",
    ],
)
@customer_id_argument
@click.option(
    "--since",
    metavar="TIME",
    callback=check_moment,
    help="The earliest time, such as 2026-01-31T12:00:00Z, 2026-01-31 (UTC) or 7d, for 7 days ago;"
    " also s, m, h and w.",
)
@click.option(
    "--until", metavar="TIME", callback=check_moment, help="The end; a record at it is left out."
)
@click.option(
    "--follow",
    is_flag=True,
    help="Go on with the records that are written from now on. Ctrl-C ends it.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line, for scripts.")
def log(
    customer_id: str,
    *,
    since: datetime | timedelta | None,
    until: datetime | timedelta | None,
    follow: bool,
    as_json: bool,
) -> None:
    """Print the records, oldest first, as they are read: a log may be long.

    The customer ``-`` has the attempts that name no customer.
    """
    if follow and until is not None:
        raise click.UsageError(
            "--follow has no end: leave --until out", click.get_current_context()
        )
    print_record = _print_json if as_json else _print_line
    with shared_container(os.environ) as container:
        audit = container.audit()
        now = container.clock().now()
        first, end = moment_at(since, now), moment_at(until, now)
        if not follow:
            for record in _read(audit, customer_id, first, end):
                print_record(record)
            return
        follower = LogFollower(
            lambda after: _read(audit, customer_id, after, None), since=first or now
        )
        while True:
            for record in follower.read_new():
                print_record(record)
            wait(POLL_SECONDS)


def _read(
    audit: AuditService, customer_id: str, since: datetime | None, until: datetime | None
) -> Iterator[AuditRecord]:
    """The records of every page."""
    actor, cursor = system_operator(), None
    while True:
        page = audit.read_records(
            customer_id, actor=actor, since=since, until=until, cursor=cursor, limit=MAX_PAGE
        )
        yield from page.records
        cursor = page.next_cursor
        if cursor is None:
            return


def _print_json(record: AuditRecord) -> None:
    print(json.dumps(record_json(record)), flush=True)


def _print_line(record: AuditRecord) -> None:
    details = [
        f"actor={record.actor_id}",
        *([f"fields={','.join(record.fields)}"] if record.fields else []),
        *([f"source={record.source}"] if record.source else []),
        *([f"session={record.session_id}"] if record.session_id else []),
        *([f"user_agent={record.user_agent!r}"] if record.user_agent else []),
    ]
    line = (
        f"{rfc3339(record.at)} {record.status_code} {record.operation_name}: {record.message}"
        f" {' '.join(details)}"
    )
    print(printable(line), flush=True)
