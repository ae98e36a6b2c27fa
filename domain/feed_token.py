"""The token that followers of the session change feed send."""

import re
from typing import Final

# The characters of a bearer token (RFC 6750, 2.1). 32 random ones are too many to guess.
_TOKEN: Final = re.compile(r"[A-Za-z0-9\-._~+/]{32,512}=*", re.ASCII)


def feed_token_fault(value: object) -> str | None:
    """The rule that ``value`` breaks as the feed's token, or None if it breaks none.

    The fault never contains the value, which is a secret.
    """
    if isinstance(value, str) and _TOKEN.fullmatch(value):
        return None
    return (
        "must have 32 to 512 characters, each a letter, a digit or one of - . _ ~ + /;"
        " `openssl rand -hex 32` makes one"
    )
