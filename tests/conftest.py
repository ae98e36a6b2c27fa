"""For the whole run."""

from collections import Counter

import pytest

pytest_plugins = ["cybershop_customer.entrypoints.testkit.plugin"]

DYNAMODB_LOCAL = "Skipped: DynamoDB Local: "


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in one line for each reason how many tests were skipped."""
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
