"""The proxies whose word about the client is believed."""

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final, Self

from ...domain.network_address import NO_ADDRESS, Address

_Network = IPv4Network | IPv6Network

_RULE: Final = (
    "must be networks such as 10.0.0.0/8 or 2001:db8::/32, separated by commas; the word unix"
    " stands for a peer without an address"
)
_SHOWN: Final = 50
"""The most characters of a wrong word that an error repeats."""
_MAPPED_BITS: Final = 96
"""The length of the prefix of ``::ffff:0:0``, under which IPv6 has the IPv4 addresses."""


@dataclass(frozen=True, slots=True)
class TrustedProxies:
    """Networks of proxies, and whether a peer without an address is a proxy too."""

    networks: tuple[_Network, ...] = ()
    without_address: bool = False

    @classmethod
    def parse(cls, text: str) -> Self:
        """The proxies that ``CUSTOMER_TRUSTED_PROXIES`` names.

        Raises:
            ValueError: says what the text should be.
        """
        words = [word.strip(" \t") for word in text.split(",")]
        networks = tuple(_parse_network(word) for word in words if word != NO_ADDRESS)
        return cls(networks, NO_ADDRESS in words)

    def include(self, address: Address | None) -> bool:
        """Whether ``address`` is a trusted proxy's; None for a peer without an address."""
        if address is None:
            return self.without_address
        return any(address in network for network in self.networks)


def _meant(word: str) -> str:
    """A question about the network of an address, or nothing if ``word`` has no address."""
    try:
        return f", did you mean {ip_network(word, strict=False)}?"
    except ValueError:
        return ""


def _parse_network(word: str) -> _Network:
    try:
        network = ip_network(word)
    except ValueError:
        raise ValueError(f"{_RULE}; {word[:_SHOWN]!r} is not one{_meant(word)}") from None
    if isinstance(network, IPv6Network):
        mapped = network.network_address.ipv4_mapped
        if mapped is not None and network.prefixlen >= _MAPPED_BITS:
            network = IPv4Network((mapped, network.prefixlen - _MAPPED_BITS))
    if not network.prefixlen:
        raise ValueError(f"{_RULE}; if every address were trusted, clients could choose theirs")
    return network
