"""``cybershop-customer doctor``: what keeps the service from its tables, and how to mend it."""

import argparse
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from ..settings import unknown_settings
from .command import FAILURE, Command
from .dynamodb_settings import dynamodb_settings
from .parser import CommandParser

if TYPE_CHECKING:
    from ...adapters.dynamodb.doctor.finding import Finding


def _configure(parser: CommandParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--json", action="store_true", help="print one JSON object, for scripts")


def _run(options: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Print what was found. Returns 0, or ``FAILURE`` if anything failed; warnings do not count."""
    settings = dynamodb_settings(environ)
    from ...adapters.dynamodb.doctor.examination import examine  # noqa: PLC0415 (boto3 is slow)
    from ...adapters.dynamodb.doctor.finding import Finding, Status  # noqa: PLC0415

    findings: list[Finding] = []
    misspelt = [Finding("settings", Status.WARNING, text) for text in unknown_settings(environ)]
    for finding in (*misspelt, *examine(settings.dynamodb_endpoint, settings.table_prefix)):
        findings.append(finding)
        if not options.json:
            _print(finding)
    healthy = all(finding.status is not Status.FAILED for finding in findings)
    if options.json:
        checks = [asdict(finding) for finding in findings]
        print(json.dumps({"healthy": healthy, "checks": checks}, indent=2))
    else:
        print("The service can work." if healthy else "The service cannot work like this.")
    return 0 if healthy else FAILURE


def _print(finding: "Finding") -> None:
    print(f"{finding.status:8} {finding.check}: {finding.detail}", flush=True)
    if finding.remedy:
        print(f"{'':8} To mend it: {finding.remedy}", flush=True)


COMMAND: Final = Command("examine credentials, tables and rights on DynamoDB", _configure, _run)
