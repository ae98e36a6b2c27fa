"""Runs the checks in order. Each one needs the checks before it."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from ....domain.errors import FieldFault, SettingsError
from ....ports.finding import Finding, Status
from ..aws_session import aws_session
from ..call_limits import CallLimits
from ..client import make_client
from ..provisioning.table_design import table_designs
from .call_outcome import call_once
from .connection import check_clock, check_endpoint, check_signature
from .credentials import check_credentials, check_region
from .permissions import check_permission, permission_probes
from .tables import check_table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_WITHOUT_AWS: Final = (
    "; or, for DynamoDB on this machine, set CUSTOMER_DYNAMODB_ENDPOINT=http://127.0.0.1:8000,"
    " which needs no region"
)
_LIMITS: Final = CallLimits(connect_timeout=3, read_timeout=10)


def run_checks(
    endpoint: str | None,
    prefix: str,
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Iterator[Finding]:
    """Run every check, and yield each finding at once. Stops after a failure that hides the rest.

    Args:
        endpoint: a URL, or None for AWS's own.
        prefix: the prefix of the table names.
        now: this machine's clock.
    """
    try:
        yield from _run_checks(endpoint, prefix, now)
    except SettingsError as error:
        for fault in error.faults:
            check = _check_name(fault)
            remedy = f"set {fault.field}{_WITHOUT_AWS if check == 'region' else ''}"
            yield Finding(check, Status.FAILED, str(fault), remedy)
        yield _rest()


def _check_name(fault: FieldFault) -> str:
    """The check that reports a fault of an AWS variable."""
    for name in ("region", "endpoint"):
        if name.upper() in fault.field:
            return name
    return "credentials"


def _run_checks(
    endpoint: str | None, prefix: str, now: Callable[[], datetime]
) -> Iterator[Finding]:
    session = aws_session(endpoint)
    region = check_region(session)
    yield region
    if region.status is not Status.FAILED:
        credentials = check_credentials(session, endpoint)
        yield credentials
        if credentials.status is not Status.FAILED:
            yield from _check_store(endpoint, prefix, now)
            return
    yield _rest()


def _check_store(
    endpoint: str | None, prefix: str, now: Callable[[], datetime]
) -> Iterator[Finding]:
    with closing(make_client(endpoint, limits=_LIMITS, connections=1)) as client:
        can_go_on = True
        for finding in _check_connection(client, prefix, now):
            yield finding
            if finding.status is Status.FAILED and finding.check != "clock":
                can_go_on = False
        if can_go_on:
            yield from _check_tables(client, prefix)
        else:
            yield _rest()


def _check_connection(
    client: "DynamoDBClient", prefix: str, now: Callable[[], datetime]
) -> Iterator[Finding]:
    probe = permission_probes(f"{prefix}customer", f"{prefix}logger")[0]
    outcome = call_once(client, probe.operation, probe.request)
    yield check_endpoint(outcome, client.meta.endpoint_url)
    if outcome.is_from_dynamodb:
        yield check_clock(outcome, now())
        yield check_signature(outcome)


def _check_tables(client: "DynamoDBClient", prefix: str) -> Iterator[Finding]:
    customer, logger = table_designs(prefix)
    missing: set[str] = set()
    for design in (customer, logger):
        for finding in check_table(client, design):
            yield finding
            if finding.check == f"table {design.name}" and finding.status is Status.FAILED:
                missing.add(design.name)
    for probe in permission_probes(customer.name, logger.name):
        if probe.table in missing:
            check = f"permission {probe.action} on {probe.table}"
            yield Finding(check, Status.SKIPPED, "fix the table first")
        else:
            yield check_permission(client, probe)


def _rest() -> Finding:
    return Finding("the rest", Status.SKIPPED, "fix the failed check first")
