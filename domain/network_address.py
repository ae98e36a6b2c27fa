"""Reads network addresses, and groups them by source."""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any, Final

Address = IPv4Address | IPv6Address

NO_ADDRESS: Final = "unix"
"""Stands for a peer without an address, as under a unix socket."""

NETWORK_SUFFIX: Final = "/64"
_MAX_LENGTH: Final = 64
_PORT: Final = r"(?::(?:[0-9]{1,5}|_[A-Za-z0-9._-]+))?"
_NODE: Final = re.compile(rf"(?:\[(?P<six>[^\[\]]+)\]|(?P<four>[0-9.]+)){_PORT}")


def parse_address(text: str) -> Address | None:
    """The address in ``text``, with or without a port; None if there is none.

    The forms are those of RFC 7239, 6, and an IPv6 address without brackets. An IPv6 address
    that stands for an IPv4 address (``::ffff:192.0.2.7``) becomes that IPv4 address. ``0.0.0.0``
    is no address: uWSGI reports it for the peer of a unix socket.
    """
    if len(text) > _MAX_LENGTH:
        return None
    node = _NODE.fullmatch(text)
    try:
        address = ip_address(text if node is None else node["six"] or node["four"])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return None if address.is_unspecified else address


def source_from_address(address: Address | None) -> str:
    """The source that ``address`` belongs to: an IPv4 address, or the /64 network of IPv6.

    One subscriber often has a whole /64. All peers without an address are one source.
    """
    if address is None:
        return NO_ADDRESS
    if isinstance(address, IPv4Address):
        return str(address)
    return f"{IPv6Address(int(address) >> 64 << 64)}{NETWORK_SUFFIX}"


def source_from_socket(address: tuple[Any, ...]) -> str:
    """The source of a connection whose peer has this socket address."""
    return source_from_address(parse_address(str(address[0])))


def source_of(text: str | None) -> str | None:
    """The source that the address in ``text`` belongs to.

    A ``text`` that is no single address stays as it is, such as one that is a source already.
    """
    address = None if text is None else parse_address(text)
    return text if address is None else source_from_address(address)
