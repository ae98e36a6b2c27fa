"""The tokens that followers of the session change feed send."""

import re
from collections.abc import Collection
from typing import Final

# The characters of a bearer token (RFC 6750, 2.1).
_TOKEN: Final = re.compile(r"[A-Za-z0-9\-._~+/]{32,512}=*", re.ASCII)
_REPEATED: Final = re.compile(r"(.+?)\1+")
_FEWEST: Final = 8
"""Different characters. Less than one of ten million random tokens of 32 hex digits has fewer."""
_RULE: Final = (
    "must have 32 to 512 characters, each a letter, a digit or one of - . _ ~ + /;"
    " `openssl rand -hex 32` makes one"
)
_RANDOM: Final = "must be random; `openssl rand -hex 32` makes one"


def feed_token_fault(value: object) -> str | None:
    """The rule that ``value`` breaks as one token, or None if it breaks none.

    A token of few different characters, or of a piece that is repeated, can be guessed. The fault
    never contains the value, which is a secret.
    """
    if not isinstance(value, str) or not _TOKEN.fullmatch(value):
        return _RULE
    token = value.rstrip("=")
    is_random = len(set(token)) >= _FEWEST and not _REPEATED.fullmatch(token)
    return None if is_random else _RANDOM


def split_feed_tokens(value: str | Collection[str]) -> tuple[str, ...]:
    """The tokens in ``value``: one text with commas between them, or a collection.

    While the followers change from one token to another, the service accepts both. Spaces around
    a token do not count.
    """
    tokens = value.split(",") if isinstance(value, str) else value
    return tuple(str(token).strip(" ") for token in tokens)


def feed_tokens_fault(value: str | Collection[str]) -> str | None:
    """The rule that a token in ``value`` breaks, or None if none does. It says which one."""
    tokens = split_feed_tokens(value)
    if not tokens:
        return "must have a token"
    for number, token in enumerate(tokens, 1):
        fault = feed_token_fault(token)
        if fault is not None:
            return fault if len(tokens) == 1 else f"{fault} (token {number} of {len(tokens)})"
    return None
