"""Parses the header field ``Host`` (RFC 9110, 7.2, and RFC 3986, 3.2.2)."""

import re
from typing import Final

_HOST: Final = re.compile(
    r"(?P<name>\[[0-9A-Fa-f:.]{2,45}\]|(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2}){1,255})"
    r"(?::[0-9]{0,5})?",
    re.ASCII,
)


def parse_host(field: str) -> str | None:
    """The name or address in ``field`` without the port, or None if ``field`` is malformed."""
    match = _HOST.fullmatch(field)
    return None if match is None else match["name"]
