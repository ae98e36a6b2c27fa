"""The table of what a bot does to its neighbours in a partition."""

from typing import Final

from hot_partition import Demand, checks, logins_and_logouts, neighbours, shares, wrong_passwords
from markdown import table

_SECONDS: Final = 15 * 60
BOTS: Final[dict[str, Demand]] = {
    "500 checks a second": checks(500, cached=False),
    "10,000 checks a second": checks(10_000, cached=False),
    "10,000 checks a second, with caches of 5 s": checks(10_000, cached=True),
    "500 wrong passwords a second under one name": wrong_passwords(500),
    "5,000 wrong passwords a second under one name": wrong_passwords(5_000),
    "100 logins and logouts a second": logins_and_logouts(100),
    "500 logins and logouts a second": logins_and_logouts(500),
}


def hot_table() -> str:
    """What the bot asks for, and the share of the neighbours' requests that is served."""
    rows = [_row(name, bot) for name, bot in BOTS.items()]
    head = ("bot", "its read units", "its write units", "reads served", "writes served")
    found, units = table((*head, "with the burst, all for"), rows), neighbours()
    return (
        f"{found}\n\nThe neighbours want {units.read:,.0f} read units and {units.write:,.0f} write"
        " units a second, as the load above has it."
    )


def _row(name: str, bot: Demand) -> tuple[str, ...]:
    asked, served = bot(0), shares(bot, _SECONDS, burst=False)[-1]
    with_burst = shares(bot, _SECONDS, burst=True)
    until = next(
        (second for second, its in enumerate(with_burst) if min(its.read, its.write) < 1), None
    )
    return (
        name,
        f"{asked.read:,.0f}",
        f"{asked.write:,.0f}",
        f"{served.read:.0%}",
        f"{served.write:.0%}",
        "always" if served.read == served.write == 1 else f"{until} s",
    )
