"""The tables of the documentation say what the code does."""

import re
import runpy
from dataclasses import fields
from pathlib import Path

import pytest
from support.dynamodb.operation_budgets import BUDGETS, WITH_FEED
from support.sqlite.operation_costs import COSTS as SQLITE_COSTS

from cybershop_customer.adapters.caching.policy import CachePolicy
from cybershop_customer.domain.fields import MAX_LOCAL_PART
from cybershop_customer.domain.reserved_ids import (
    AUDIT_NAMES,
    DOT_SEGMENTS,
    IMPERSONATING,
    PATH_WORDS,
)
from cybershop_customer.entrypoints.http import problem
from cybershop_customer.entrypoints.http.request_schema import MAX_BYTES
from cybershop_customer.entrypoints.settings import SETTINGS, Settings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
COSTS = (ROOT / "docs" / "costs.md").read_text()
SETTINGS_PAGE = (ROOT / "docs" / "settings.md").read_text()
SETTINGS_TABLE = ROOT / "docs" / "settings_table.py"
HTTP = (ROOT / "docs" / "http.md").read_text()
SESSION_CHECK = (ROOT / "docs" / "session-check.md").read_text()


def rows(text: str, first_cell: str) -> list[list[str]]:
    """The cells of each table row whose first cell matches ``first_cell``."""
    lines = [line for line in text.splitlines() if re.match(rf"\| {first_cell}", line)]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def test_the_page_of_the_settings_has_the_table_that_the_code_states() -> None:
    """`make settings` writes it."""
    assert runpy.run_path(str(SETTINGS_TABLE))["with_table"](SETTINGS_PAGE) == SETTINGS_PAGE


def test_the_page_of_the_settings_names_every_setting_and_no_other() -> None:
    named = [row[0].strip("`") for row in rows(SETTINGS_PAGE, "`CUSTOMER_")]
    assert named == [f"CUSTOMER_{field.name.upper()}" for field in fields(Settings)]


@pytest.mark.parametrize("demo", [False, True], ids=["production", "demo"])
def test_the_page_of_the_settings_gives_the_defaults(demo: bool) -> None:
    settings = Settings.demo_from_environ({}) if demo else Settings()
    for name, told, *_ in rows(SETTINGS_PAGE, "`CUSTOMER_"):
        actual = getattr(settings, name.strip("`").removeprefix("CUSTOMER_").lower())
        shown = "none" if actual in (None, "") else str(actual)
        if isinstance(actual, bool):
            shown = shown.lower()
        in_demo = re.search(r"\(demo: `?([^`)]*)", told)
        production = re.match(r"`?([\w.,]+)", told)
        assert production is not None
        expected = in_demo[1] if demo and in_demo is not None else production[1]
        if expected != "printed at start":
            assert shown == expected.replace("empty", "none"), name


def test_a_demo_that_is_not_configured_has_the_defaults_that_the_fields_state() -> None:
    demo = Settings.demo_from_environ({})
    assert {its.name: its.demo for its in SETTINGS.values()} == {
        field.name: getattr(demo, field.name) for field in fields(Settings)
    }


def test_no_meaning_of_a_setting_breaks_the_table() -> None:
    for its in SETTINGS.values():
        assert its.meaning
        assert not re.search(r"[|\n]|^\s|[\s.]$", its.meaning), its.variable


def test_the_http_page_names_every_problem_with_its_status() -> None:
    told = {row[0].strip("`"): row[1] for row in rows(HTTP, r"`[a-z-]+` \| \d{3}")}
    known = [
        *problem._SERVICE_ERRORS.values(),
        *(kind for kind in vars(problem).values() if isinstance(kind, problem.ProblemType)),
    ]
    assert told == {kind.name: str(kind.status.value) for kind in known}


def test_the_http_page_gives_the_limits() -> None:
    assert f"{MAX_BYTES:,}" in HTTP
    assert f"{MAX_LOCAL_PART} of them before the `@`" in HTTP
    for name in PATH_WORDS | AUDIT_NAMES | DOT_SEGMENTS | IMPERSONATING:
        assert f"`{name}`" in HTTP


def test_the_page_of_costs_gives_every_budget() -> None:
    told = {
        name: tuple(float(figure) for figure in figures[:3])
        for name, *figures in rows(COSTS, r"[a-z][^|]* \| \d")
    }
    assert told == {name: budget for name, (_, budget) in (BUDGETS | WITH_FEED).items()}


def test_the_page_of_costs_gives_every_cost_on_sqlite() -> None:
    told = {
        name: tuple(int(figure) for figure in figures)
        for *figures, names in rows(COSTS, r"\d \| \d \| \d \|")
        for name in names.split("; ")
    }
    assert told == SQLITE_COSTS


def test_the_page_of_the_session_check_gives_the_defaults_of_the_policy() -> None:
    told = {row[0].strip("`"): row[1].replace(",", "") for row in rows(SESSION_CHECK, r"`[a-z_]+`")}
    policy = CachePolicy()
    assert told == {field.name: f"{getattr(policy, field.name):g}" for field in fields(policy)}


def test_how_late_a_logout_may_be_seen_is_said_as_it_is_by_default() -> None:
    policy = CachePolicy()
    assert (policy.max_age, policy.max_lag) == (5, 2)
    assert re.search(r"see a logout within five\s+seconds, or within two if they", README)
    for text in (README, SESSION_CHECK):
        for sentence in re.split(r"(?<=[.|])\s", text):
            if re.search(r"logout.* (two|2) seconds", sentence, re.DOTALL):
                assert "feed" in sentence, sentence
