"""The table of what was measured, as the documents show it."""

from measured import WATCH_SECONDS, Measured, Row

BEGIN = "<!-- written by benchmarks/peers/run.py -->"
END = "<!-- end -->"


def table(measured: Measured) -> str:
    """Markdown."""
    lines = [
        "| system | sessions are kept in | CPU of a check | checks a second | a logout is seen |",
        "|---|---|---|---|---|",
        *(_line(row) for row in measured.by_rate()),
    ]
    return "\n".join(lines)


def remarks(measured: Measured) -> str:
    """What the table does not say."""
    versions = sorted({its for row in measured.rows for its in row.library}, key=str.casefold)
    return (
        f"Measured with Python {measured.python} on one of {measured.cores} cores, with a load of"
        f" {measured.load:.0f} before; in brackets the quartiles of the rounds. *Never* means that"
        f" the token was still accepted {WATCH_SECONDS:g} seconds after the logout.\n"
        f"Of each row of Flask {measured.flask_context:.0f} µs are its request context, without"
        f" which these libraries do not work.\nVersions: {', '.join(versions)}."
    )


def with_table(page: str, measured: Measured) -> str:
    """``page`` with this table and these remarks between the two marks.

    Raises:
        ValueError: the page does not have the two marks, once each.
    """
    if page.count(BEGIN) != 1 or page.count(END) != 1:
        raise ValueError(f"The page needs the lines {BEGIN} and {END}, once each.")
    before, rest = page.split(BEGIN)
    after = rest.split(END)[1]
    return f"{before}{BEGIN}\n{table(measured)}\n\n{remarks(measured)}\n{END}{after}"


def _line(row: Row) -> str:
    low, high = row.quartiles
    name = f"**{row.name}**" if row.is_ours else row.name
    cost = f"{_microseconds(row.cost)} µs ({_microseconds(low)} to {_microseconds(high)})"
    return f"| {name} | {row.kept} | {cost} | {rounded(row.rate):,} | {row.logout} |"


def rounded(rate: float) -> int:
    """To three digits: more would say more than was measured."""
    return int(float(f"{rate:.3g}"))


def _microseconds(cost: float) -> str:
    return f"{cost:.1f}" if cost < 100 else f"{cost:,.0f}"  # noqa: PLR2004
