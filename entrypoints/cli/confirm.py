"""Asks the operator before a command destroys something."""

import sys
from collections.abc import Callable
from typing import Final

from .command import FAILURE, SUCCESS, USAGE_ERROR

NOTHING_DONE: Final = "Nothing was done."


def says_yes(answer: str) -> bool:
    """Whether ``answer`` agrees to a question that ends with ``[y/N]``."""
    return answer.lower() in {"y", "yes"}


def confirm(question: str, *, yes: bool, agrees: Callable[[str], bool] = says_yes) -> int:
    """Ask the operator, except with ``--yes``. Returns 0 to go on, or else the exit status."""
    if yes:
        return SUCCESS
    # None is a closed standard input.
    if sys.stdin is None or not sys.stdin.isatty():  # pyright: ignore[reportUnnecessaryComparison]
        return stop(
            USAGE_ERROR, f"There is no terminal to ask on, and no --yes either. {NOTHING_DONE}"
        )
    try:
        answer = input(question)
    except (EOFError, KeyboardInterrupt):
        print()
        answer = ""
    return SUCCESS if agrees(answer.strip()) else stop(FAILURE, NOTHING_DONE)


def stop(status: int, reason: str) -> int:
    """Print ``reason`` to standard error. Returns ``status``."""
    print(end="", flush=True)
    print(reason, file=sys.stderr)
    return status
