"""The services that may introspect sessions (RFC 7662), and the secrets that they send."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from .feed_token import feed_token_fault

# A name is shorter than any secret. So a secret in place of a name is refused, and never shown.
_NAME: Final = re.compile(r"[A-Za-z0-9\-._~]{1,31}", re.ASCII)


@dataclass(frozen=True, slots=True)
class ServiceSecret:
    """A secret of the asking service ``name``. A service may have several."""

    name: str
    secret: str = field(repr=False)


def split_introspection_tokens(value: str | Collection[str]) -> tuple[ServiceSecret, ...]:
    """The pairs ``name=secret`` in ``value``: one text with commas between them, or a collection.

    A pair without ``=`` has an empty name. Spaces around a pair, a name or a secret do not count.
    """
    pairs = value.split(",") if isinstance(value, str) else value
    return tuple(_split(str(pair)) for pair in pairs)


def introspection_tokens_fault(value: str | Collection[str]) -> str | None:
    """The rule that a pair in ``value`` breaks, or None if none does. It says which pair.

    A secret has the rules of a token of the session change feed. Two services have no secret in
    common, since a bearer is only a secret and must name one service. The fault contains neither
    a secret nor a name, because a secret may stand in place of a name.
    """
    pairs = split_introspection_tokens(value)
    if not pairs:
        return "must have a pair name=secret"
    seen: set[str] = set()
    for number, pair in enumerate(pairs, 1):
        fault = _fault(pair)
        if fault is None and pair.secret in seen:
            fault = "must have each secret once; `openssl rand -hex 32` makes another one"
        if fault is not None:
            return f"{fault} (pair {number} of {len(pairs)})"
        seen.add(pair.secret)
    return None


def _split(pair: str) -> ServiceSecret:
    # A secret may end with =, a name has none.
    name, equals, secret = pair.partition("=")
    return ServiceSecret(name.strip(" "), secret.strip(" ")) if equals else ServiceSecret("", pair)


def _fault(pair: ServiceSecret) -> str | None:
    if not _NAME.fullmatch(pair.name):
        return (
            "must have pairs name=secret with commas between them, each name of 1 to 31"
            " characters: letters, digits or some of - . _ ~"
        )
    fault = feed_token_fault(pair.secret)
    return None if fault is None else f"must have a good secret in each pair; this one {fault}"
