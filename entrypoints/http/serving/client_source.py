"""Groups clients by network, so that one client cannot take all connections."""

from ipaddress import ip_network
from typing import Any


def source_from_address(address: tuple[Any, ...]) -> str:
    """The IPv4 address, or the /64 network of an IPv6 address: one subscriber often has a /64."""
    host = str(address[0]).partition("%")[0]
    return str(ip_network((host, 64), strict=False)) if ":" in host else host
