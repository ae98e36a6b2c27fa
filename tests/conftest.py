"""For the whole run."""

import pytest
from support.dynamodb_local import what_is_missing

pytest_plugins = ["cybershop_customer.entrypoints.testkit.plugin"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in one line that tests were skipped for want of DynamoDB Local, and why."""
    missing = what_is_missing()
    if missing:
        skipped = terminalreporter.stats.get("skipped", [])
        count = sum("DynamoDB Local: " in str(report.longrepr) for report in skipped)
        terminalreporter.write_line(
            f"DynamoDB Local: {missing}; {count} tests were skipped"
            " (CUSTOMER_REQUIRE_DYNAMODB_LOCAL=1 makes them fail)",
            yellow=True,
        )
