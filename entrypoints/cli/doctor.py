"""``cybershop-customer doctor``: checks the store, and says how to fix what is wrong."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import chain

from ...adapters.foreign_hashes.argon2 import missing_argon2
from ...domain.errors import SettingsError
from ...domain.feed_token import split_feed_tokens
from ...domain.introspection_tokens import split_introspection_tokens
from ...ports.finding import Finding, Status
from ..mail import examine_mail
from ..settings import Settings, unknown_settings
from .command import FAILURE, SUCCESS, USAGE_ERROR, command
from .options import json_option
from .output import print_json
from .shared_store import read_shared_store


@command(examples=["cybershop-customer doctor", "cybershop-customer doctor --json"])
@json_option
def doctor(*, as_json: bool) -> int:
    """Print the findings.

    Returns 0, ``FAILURE`` if a check failed (a warning is no failure), or ``USAGE_ERROR`` if the
    settings are wrong.
    """
    try:
        settings, administration = read_shared_store(os.environ, may_be_missing=True)
    except SettingsError as error:
        if not as_json:
            raise
        _print_json([Finding("settings", Status.FAILED, str(fault)) for fault in error.faults])
        return USAGE_ERROR
    findings: list[Finding] = []
    misspelt = [Finding("settings", Status.WARNING, text) for text in unknown_settings(os.environ)]
    checks = (
        misspelt,
        _check_feed_tokens(settings),
        _check_introspection(settings),
        _check_foreign_hashes(),
        examine_mail(settings),
        administration.examine(),
    )
    for finding in chain.from_iterable(checks):
        findings.append(finding)
        if not as_json:
            _print(finding)
    if as_json:
        _print_json(findings)
    healthy = _is_healthy(findings)
    if not as_json:
        print("The service can work." if healthy else "The service cannot work like this.")
    return SUCCESS if healthy else FAILURE


def _check_feed_tokens(settings: Settings) -> Iterator[Finding]:
    """Say how many tokens of the feed are set. Each keeps the rule, or the settings are refused."""
    if settings.session_feed_token is None:
        return
    tokens = split_feed_tokens(settings.session_feed_token)
    count = "one token is set" if len(tokens) == 1 else f"{len(tokens)} tokens are set"
    if len(set(tokens)) == len(tokens):
        detail = f"{count}, and {'it' if len(tokens) == 1 else 'each'} keeps the rule"
        yield Finding("feed tokens", Status.OK, detail)
    else:
        remedy = "name each token once in CUSTOMER_SESSION_FEED_TOKEN"
        yield Finding("feed tokens", Status.WARNING, f"{count}, but some are the same", remedy)


def _check_introspection(settings: Settings) -> Iterator[Finding]:
    """Name the services that may introspect, each with the number of its secrets."""
    if settings.introspection_tokens is None:
        return
    pairs = split_introspection_tokens(settings.introspection_tokens)
    counts = sorted(Counter(pair.name for pair in pairs).items())
    named = (f"{name} ({count} secret{'' if count == 1 else 's'})" for name, count in counts)
    yield Finding("introspection", Status.OK, f"these services may ask: {', '.join(named)}")


def _check_foreign_hashes() -> Iterator[Finding]:
    """Say if imported hashes of Argon2 cannot be verified. Most services have none."""
    missing = missing_argon2()
    if missing is not None:
        detail = "Argon2 is not installed; customers with imported hashes of Argon2 cannot log in"
        remedy = f"nothing, if there are no such customers. Otherwise: {missing}"
        yield Finding("password hashes", Status.NOTE, detail, remedy)


def _is_healthy(findings: Sequence[Finding]) -> bool:
    return all(finding.status is not Status.FAILED for finding in findings)


def _print_json(findings: Sequence[Finding]) -> None:
    checks = [asdict(finding) for finding in findings]
    print_json({"healthy": _is_healthy(findings), "checks": checks})


def _print(finding: Finding) -> None:
    print(f"{finding.status:8} {finding.check}: {finding.detail}", flush=True)
    if finding.remedy:
        print(f"{'':8} To fix it: {finding.remedy}", flush=True)
