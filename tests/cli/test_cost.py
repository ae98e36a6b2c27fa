"""``cost`` multiplies the load by the cost table."""

import json

import pytest
from support.dynamodb.operation_budgets import BUDGETS, WITH_FEED
from support.services.operator import Operator

from cybershop_customer.entrypoints.cli.operation_costs import UNITS, UNITS_WITH_FEED


@pytest.fixture
def operator(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Operator:
    return Operator(monkeypatch, capsys)


def price(operator: Operator, *arguments: str) -> float:
    ran = operator.runs("cost", *arguments, "--json")
    assert (ran.status, ran.err) == (0, "")
    found: float = json.loads(ran.out)["usd_per_year"]
    return found


def test_the_units_are_those_that_are_measured() -> None:
    measured = {name: needed[1:] for name, (_, needed) in BUDGETS.items()}
    assert {name: (units.read, units.write) for name, units in UNITS.items()} == {
        name: measured[name] for name in UNITS
    }
    with_feed = {
        name.removesuffix(", with the feed"): needed[1:] for name, (_, needed) in WITH_FEED.items()
    }
    assert {name: (units.read, units.write) for name, units in UNITS_WITH_FEED.items()} == {
        name: with_feed[name] for name in UNITS_WITH_FEED
    }
    # The rows that the feed makes dearer are those.
    assert {name for name in UNITS if with_feed.get(name, measured[name]) != measured[name]} == {
        *UNITS_WITH_FEED
    } - {"read of the feed"}


@pytest.mark.parametrize(
    ("arguments", "usd"),
    [
        # 86,400 * 365 read units at $0.125 a million.
        (("--checks-per-second", "1"), 3.94),
        # 365 million logins of 1.5 read units and 6 write units.
        (("--logins-per-day", "1e6"), 365 * (1.5 * 0.125 + 6 * 0.625)),
        # Each is extended three times.
        (
            ("--logins-per-day", "1e6", "--minutes-per-session", "10"),
            365 * (1.5 * 0.125 + 9 * 0.625),
        ),
        (("--failed-logins-per-day", "1e6"), 365 * (1.5 * 0.125 + 2 * 0.625)),
        (("--logouts-per-day", "1e6"), 365 * 4 * 0.625),
        (("--logouts-per-day", "1e6", "--followers", "1"), 365 * 6 * 0.625 + 3.94),
        (("--registrations-per-day", "1e6", "--read-price", "1", "--write-price", "2"), 365 * 12.5),
    ],
)
def test_a_year_has_its_price(operator: Operator, arguments: tuple[str, ...], usd: float) -> None:
    assert price(operator, *arguments) == pytest.approx(usd, abs=0.01)


def test_the_table_has_a_row_for_each_operation_and_says_what_is_left_out(
    operator: Operator,
) -> None:
    ran = operator.runs("cost", "--checks-per-second", "50", "--logins-per-day", "20000")

    *table, note = ran.out.splitlines()
    assert table == [
        "operation\ttimes a year\tread units\twrite units\tUSD a year",
        "session check\t1,576,800,000\t1\t0\t197.10",
        "login\t7,300,000\t1.5\t6\t28.74",
        "all\t-\t-\t-\t225.84",
    ]
    assert note.startswith("Not included: storage, backups, ")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "state a load, such as --checks-per-second 50"),
        (("--checks-per-second", "-1"), "argument --checks-per-second:"),
        (("--logins-per-day", "many"), "argument --logins-per-day:"),
        (("--logins-per-day", "nan"), "argument --logins-per-day:"),
        (("--read-price", "inf"), "argument --read-price:"),
    ],
)
def test_a_load_that_is_none_is_explained(
    operator: Operator, arguments: tuple[str, ...], sentence: str
) -> None:
    ran = operator.runs("cost", *arguments)

    assert (ran.status, ran.out) == (2, "")
    assert sentence in ran.err
