"""Which hosts are this machine alone."""

from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """Whether ``host`` names this machine alone, and no look-up is needed to know it.

    ``host`` is a name or an IP address. An IPv6 address may stand in brackets, as in a URL.
    """
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host.removeprefix("[").removesuffix("]")).is_loopback
    except ValueError:
        return False
