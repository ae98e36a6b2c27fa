"""States what it costs to read every customer, before a command does so."""

import sys
from collections.abc import Mapping
from typing import Final

from .command import SUCCESS
from .confirm import confirm
from .operation_costs import READ_PRICE, WRITE_PRICE
from .shared_store import read_shared_store, store_errors

ASK_ABOVE: Final = 0.01
"""US dollars. A list of half a million customers costs that much on DynamoDB."""

_MILLION: Final = 1_000_000


def confirm_scan(
    environ: Mapping[str, str], question: str, *, yes: bool, is_recorded: bool = True
) -> int:
    """State the cost on the standard error, and ask the operator if it is above ``ASK_ABOVE``.

    A store that bills nothing needs no statement.

    Args:
        environ: has the settings of the store.
        question: what to ask, ending with ``[y/N]``.
        yes: do not ask.
        is_recorded: whether each page writes an audit record.

    Returns 0 to go on, or else the exit status.

    Raises:
        SettingsError: as ``read_shared_store`` does.
        CommandFailedError: the table does not exist or cannot be described.
    """
    with store_errors():
        estimate = read_shared_store(environ)[1].estimate_scan()
    if estimate is None:
        return SUCCESS
    writes = estimate.write_units if is_recorded else 0
    dollars = (estimate.read_units * READ_PRICE + writes * WRITE_PRICE) / _MILLION
    units = f"{estimate.read_units:,g} read units"
    if writes:
        units = f"{units} and {writes:,} write units"
    price = "less than one US cent" if dollars < ASK_ABOVE else f"about {dollars:.2f} US dollars"
    print(
        f"This reads the whole table: about {estimate.items:,} items in {estimate.pages:,} pages,"
        f" for {units}, {price}.",
        file=sys.stderr,
        flush=True,
    )
    return confirm(question, yes=yes or dollars <= ASK_ABOVE)
