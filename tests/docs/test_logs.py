"""The page of the log has every message of the code, and no other one."""

import re
from typing import Final

from support.repository.checkout import ROOT
from support.repository.log_calls import LogCall, log_calls

from cybershop_customer.entrypoints.http.health_resource import POLLED_ROUTES
from cybershop_customer.entrypoints.log_formats import FIELDS
from cybershop_customer.entrypoints.logs import LEVELS

PAGE: Final = (ROOT / "docs" / "logs.md").read_text(encoding="utf-8")
ROW: Final = re.compile(r"\| (`+)(.+?)\1 \| (\w+) \| (.+) \|")


def told() -> dict[tuple[str, str], set[str]]:
    """For each level and message of the page, the loggers of its section."""
    found: dict[tuple[str, str], set[str]] = {}
    for section in PAGE.split("\n### ")[1:]:
        heading, _, text = section.partition("\n")
        loggers = set(re.findall(r"`(cybershop_customer\.\w+)`", heading))
        for _, message, level, _meaning in ROW.findall(text.partition("\n## ")[0]):
            found.setdefault((level, message), set()).update(loggers)
    return found


def test_every_message_of_the_code_is_on_the_page_below_its_logger() -> None:
    page = told()
    missing = [
        call for call in log_calls() if call.logger not in page.get((call.level, call.message), ())
    ]

    assert missing == []


def test_the_page_has_no_message_and_no_logger_that_the_code_has_not() -> None:
    calls = log_calls()
    known = {(call.level, call.message) for call in calls}
    loggers = {name for names in told().values() for name in names}

    assert [message for message in told() if message not in known] == []
    assert loggers == {call.logger for call in calls}


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
