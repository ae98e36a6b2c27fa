"""Which hosts are loopback."""

from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """Whether ``host`` is ``localhost`` or a loopback address. No name is looked up.

    An IPv6 address may be in brackets, as in a URL.
    """
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host.removeprefix("[").removesuffix("]")).is_loopback
    except ValueError:
        return False
