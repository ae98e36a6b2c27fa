"""Reads whom a proxy served, from the headers ``Forwarded`` and ``X-Forwarded-For``.

Each proxy adds the address of its own client at the right end. The rest of the header came with
the request. So both headers are read from the right, and text further left, however malformed,
changes nothing about what a proxy has added.
"""

import re
from collections.abc import Iterator
from typing import Final

from ...domain.network_address import Address, parse_address

_PAIR: Final = re.compile(
    r"[ \t]*(?P<name>[!#$%&'*+\-.^_`|~0-9A-Za-z]+)="
    r'(?:"(?P<quoted>[^"\\]*)"|(?P<token>[^ \t",;\\]*))[ \t]*(?:;|\Z)'
)


def forwarded_addresses(header: str) -> Iterator[Address | None]:
    """The addresses in a header ``Forwarded`` (RFC 7239), from the right.

    None stands for an element without an address: it is malformed, or its client is ``unknown``
    or has an obfuscated name.
    """
    for element in _elements_from_the_right(header):
        node = _node_of(element)
        yield None if node is None else parse_address(node)


def x_forwarded_for_addresses(header: str) -> Iterator[Address | None]:
    """The addresses in a header ``X-Forwarded-For``, from the right; None for any other text."""
    for text in reversed(header.split(",")):
        yield parse_address(text.strip(" \t"))


def _elements_from_the_right(header: str) -> Iterator[str]:
    """The elements between the commas that stand outside of quotes."""
    end = len(header)
    is_quoted = False
    for position in range(end - 1, -1, -1):
        character = header[position]
        if character == '"':
            is_quoted = not is_quoted
        elif character == "," and not is_quoted:
            yield header[position + 1 : end]
            end = position
    yield header[:end]


def _node_of(element: str) -> str | None:
    """The value of the one parameter ``for``, or None.

    An escaped character makes the element malformed: no address needs one.
    """
    node: str | None = None
    position = 0
    while position < len(element):
        pair = _PAIR.match(element, position)
        if pair is None:
            return None
        position = pair.end()
        if pair["name"].lower() == "for":
            if node is not None:
                return None
            node = pair["token"] if pair["quoted"] is None else pair["quoted"]
    return node
