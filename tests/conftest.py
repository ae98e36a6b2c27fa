"""For the whole run."""

import gc
import os
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from hypothesis import HealthCheck, settings
from support.dynamodb import local_server

pytest_plugins = ["cybershop_customer.entrypoints.testkit.plugin"]

# Hypothesis tries a little, and in CI more and always the same.
IN_CI = "CI" in os.environ
settings.register_profile(
    "customer",
    deadline=None,
    max_examples=100 if IN_CI else 40,
    stateful_step_count=60,
    derandomize=IN_CI,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("customer")

# Each new client would read the descriptions of AWS's services again, which takes most of its time.
botocore.session.create_loader = cache(botocore.session.create_loader)

DYNAMODB_LOCAL = "Skipped: DynamoDB Local: "

SLOW = (
    "cli/test_api_mak.py",
    "cli/test_blocked_log.py",
    "cli/test_demo_keep.py",
    "cli/test_login_storm.py",
    "cli/test_many_connections.py",
    "cli/test_rubbish.py",
    "cli/test_serve.py",
    "cli/test_serve_dynamodb.py",
    "cli/test_stop.py",
    "cli/test_stop_under_load.py",
    "cli/test_workers.py",
    "clients/test_service_processes.py",
    "clients/test_truth_of_failures.py",
    "crash",
    "docs/test_testing.py",
    "examples",
    "faults",
    "forks",
    "installation",
    "integration/dynamodb/test_broken_replies.py",
    "integration/dynamodb/test_mixed_up_replies.py",
    "integration/protected_service",
    "wsgi_servers",
)
"""All their tests start processes, or wait for what fails."""

LONG = (
    "cli/test_fuzzing.py",
    "crash/test_killed_import.py",
    "cli/test_stop_under_load.py",
    "wsgi_servers/test_servers.py",
    "cli/test_rubbish.py",
    "faults/test_mixed_faults.py",
    "faults/test_single_faults.py",
    "integration/dynamodb/test_costs.py",
    "crash/test_kill.py",
    "forks/test_checkers.py",
    "promises/test_8_a_known_device_is_not_locked_out.py",
    "forks/test_gunicorn.py",
    "installation/test_extras.py",
    "cli/test_reference_page.py",
    "wsgi_servers/test_same_answers.py",
    "release/test_bill_of_materials.py",
    "promises/test_7_the_throttle_keeps_its_limit.py",
    "property/test_cached_sessions.py",
)
"""These files take half a minute and more. At the end, the other workers would wait for them."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the slow tests, before pytest chooses by the mark, and begin with the long files."""
    tests = config.rootpath / "tests"
    if missing := [name for name in (*SLOW, *LONG) if not (tests / name).exists()]:
        raise pytest.UsageError(f"tests/conftest.py names what is not there: {missing}")

    @cache
    def is_slow(path: Path) -> bool:
        return any(path.is_relative_to(tests / name) for name in SLOW)

    for item in items:
        if is_slow(item.path):
            item.add_marker(pytest.mark.slow)
    long = {tests / name: place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: long.get(item.path, len(LONG)))


def pytest_collection() -> None:
    """Collect no garbage while pytest collects the tests, which all stay."""
    gc.disable()


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop() -> None:
    """Keep the collector of garbage from looking at every test again and again."""
    gc.freeze()
    gc.enable()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Say to a new worker where it asks for DynamoDB Local."""
    node.workerinput["dynamodb_local_port"] = local_server.worker_port()


def pytest_configure(config: pytest.Config) -> None:
    """Let a worker use the DynamoDB Local of the process that started it."""
    worker_input = getattr(config, "workerinput", None)
    if worker_input is not None:
        local_server.use_owner(worker_input["dynamodb_local_port"])


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say in one line for each reason how many tests were skipped."""
    if config.option.markexpr == "not slow":
        terminalreporter.write_line("Tests marked slow were not run: pytest -m slow runs them")
    skipped = terminalreporter.stats.get("skipped", [])
    # Where tests run in several processes, this one knows the reasons from the reports alone.
    reasons = Counter(str(report.longrepr[-1]) for report in skipped)
    for reason, count in sorted(reasons.items()):
        if reason.startswith(DYNAMODB_LOCAL):
            text = (
                f"DynamoDB Local: {reason.removeprefix(DYNAMODB_LOCAL)}; {count} tests were skipped"
                " (CUSTOMER_REQUIRE_DYNAMODB_LOCAL=1 makes them fail)"
            )
        else:
            text = f"{count} skipped: {reason.removeprefix('Skipped: ')}"
        terminalreporter.write_line(text, yellow=True)
