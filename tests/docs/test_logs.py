"""The page of the log has every message of the code, and no other one."""

import re
from typing import Final

from support.repository.checkout import ROOT
from support.repository.log_calls import LogCall, log_calls

from cybershop_customer.entrypoints.http.health_resource import POLLED_ROUTES
from cybershop_customer.entrypoints.log_formats import FIELDS
from cybershop_customer.entrypoints.logs import LEVELS

PAGE: Final = (ROOT / "docs" / "logs.md").read_text(encoding="utf-8")
ROW: Final = re.compile(r"^\| (`+)(.+?)\1(?: \(.+\))? \| (\w+) \|$", re.MULTILINE)


def told() -> list[frozenset[LogCall]]:
    """Each row of the page, as the calls that it may stand for: one for each logger above it."""
    found = []
    for section in PAGE.partition("\n## Every message\n")[2].partition("\n## ")[0].split("\n### "):
        heading, _, text = section.partition("\n")
        loggers = re.findall(r"`(cybershop_customer\.\w+)`", heading)
        for _, message, level in ROW.findall(text):
            found.append(frozenset(LogCall(logger, level, message) for logger in loggers))
    return found


def test_every_message_of_the_code_is_on_the_page_below_its_logger() -> None:
    assert log_calls() - frozenset().union(*told()) == set()


def test_each_row_of_the_page_is_a_message_of_the_code_and_is_there_once() -> None:
    rows = told()

    assert [set(row) for row in rows if not row & log_calls()] == []
    assert [set(row) for row in rows if rows.count(row) > 1] == []


def test_the_page_has_every_logger_and_no_other() -> None:
    loggers = {call.logger for row in told() for call in row}

    assert loggers == {call.logger for call in log_calls()}


def test_the_code_is_read_as_it_is() -> None:
    calls = log_calls()
    assert LogCall("cybershop_customer.start", "INFO", "ready") in calls
    assert LogCall("cybershop_customer.http", "varies", "request") in calls
    assert LogCall("cybershop_customer.http", "ERROR", "the request failed") in calls


def test_the_page_has_the_fields_the_levels_and_the_probes() -> None:
    section = PAGE.partition("## The line of a request")[2].partition("\n## ")[0]
    cells = [row.partition(" | ")[0] for row in section.splitlines() if row.startswith("| `")]

    assert re.findall(r"`(\w+)`", " ".join(cells)) == [*FIELDS]
    assert set(re.findall(r"CUSTOMER_LOG_LEVEL=(\w+)", PAGE)) <= {*LEVELS}
    for path in POLLED_ROUTES:
        assert f"`/{path.rpartition('/')[2]}`" in section or f"`{path}`" in section
