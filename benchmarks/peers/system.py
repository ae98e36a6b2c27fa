"""What every system offers to the comparison: a function that prepares it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

Answer = tuple[str, frozenset[str]]
"""Whose session it is, and which roles that customer has."""
Check = Callable[[str], Answer | None]
"""Answers for a token what the library answers on each request; None if it refuses the token."""
AsyncCheck = Callable[[str], Awaitable[Answer | None]]

ROLE: Final = "admin"
CUSTOMERS: Final[Mapping[str, frozenset[str]]] = {
    f"customer-{number}": frozenset({ROLE} if number % 10 == 0 else ()) for number in range(100)
}
"""The customers of every system, with their roles. Each has one session."""
TOKEN_SECONDS: Final = 15 * 60
"""How long a token lives that nothing can end."""
SECRET: Final = "the benchmark's key, which signs nothing else"


@dataclass(frozen=True)
class Prepared:
    """A system with all customers and their sessions."""

    tokens: Mapping[str, str]
    """By customer."""
    check: Check | AsyncCheck
    logout: Callable[[str], object]
    """Does what the library does when the customer with this token logs out."""
    runner: asyncio.Runner | None = None
    """Runs the check, if it is asynchronous."""


Prepare = Callable[[Path], Prepared]
"""Prepares a system, which may keep files in a folder of its own."""
