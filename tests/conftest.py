"""For the whole run."""

import pytest
from support import wsgi_servers
from support.dynamodb_local import what_is_missing

pytest_plugins = ["cybershop_customer.entrypoints.testkit.plugin"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in a line each that tests were skipped for want of DynamoDB Local or WSGI servers."""
    missing = what_is_missing()
    skipped = terminalreporter.stats.get("skipped", [])
    if missing:
        count = sum("DynamoDB Local: " in str(report.longrepr) for report in skipped)
        terminalreporter.write_line(
            f"DynamoDB Local: {missing}; {count} tests were skipped"
            " (CUSTOMER_REQUIRE_DYNAMODB_LOCAL=1 makes them fail)",
            yellow=True,
        )
    lacking = sorted(wsgi_servers.what_is_missing())
    if lacking:
        count = sum("WSGI server: " in str(report.longrepr) for report in skipped)
        terminalreporter.write_line(
            f"WSGI servers: {', '.join(lacking)} missing; {count} tests were skipped"
            " (CUSTOMER_REQUIRE_WSGI_SERVERS=1 makes them fail)",
            yellow=True,
        )
