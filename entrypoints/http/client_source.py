"""Finds the source of a request: the network address of the client that sent it."""

import logging
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

from ...domain.network_address import Address, parse_address, source_from_address
from .forwarding import forwarded_addresses, x_forwarded_for_addresses
from .trusted_proxies import TrustedProxies

LOGGER: Final = logging.getLogger("cybershop_customer.http")
_REMEMBERED: Final = 2048
_LONGEST_REMEMBERED: Final = 256
"""Characters of a header. Longer ones are read anew each time, so that memory is bounded."""


class ClientSource:
    """Finds the source of each request.

    The source is the peer of the connection. If the peer is a trusted proxy, the source is what
    the proxy says in ``Forwarded`` or ``X-Forwarded-For``.

    Args:
        trusted_proxies: the proxies that are believed.
    """

    def __init__(self, trusted_proxies: TrustedProxies) -> None:
        self._trusted_proxies = trusted_proxies
        # Few clients send most requests, and a request must not cost more than a lookup.
        self._find_peer = lru_cache(_REMEMBERED)(self._read_peer)
        self._find_client = lru_cache(_REMEMBERED)(self._read_client)
        self._has_warned = False

    def find(self, environ: Mapping[str, Any]) -> str:
        """The source of the request with this WSGI environment."""
        peer, is_trusted = self._find_peer(str(environ.get("REMOTE_ADDR", "")))
        forwarded = environ.get("HTTP_FORWARDED", "")
        x_forwarded_for = environ.get("HTTP_X_FORWARDED_FOR", "")
        if not (forwarded or x_forwarded_for):
            return peer
        if not is_trusted:
            self._warn_about(environ)
            return peer
        if len(forwarded) + len(x_forwarded_for) > _LONGEST_REMEMBERED:
            return self._read_client(peer, forwarded, x_forwarded_for)
        return self._find_client(peer, forwarded, x_forwarded_for)

    def _read_peer(self, text: str) -> tuple[str, bool]:
        """The source of the peer, and whether it is a trusted proxy."""
        address = parse_address(text)
        return source_from_address(address), self._trusted_proxies.include(address)

    def _read_client(self, peer: str, forwarded: str, x_forwarded_for: str) -> str:
        """The source that the headers of a trusted ``peer`` name.

        A proxy writes one of the two headers, and passes the other one on as the client sent it.
        If they disagree, the service cannot know which one is the proxy's. The source is then the
        peer, which the client cannot choose.
        """
        sources: set[str] = set()
        if forwarded.strip():
            sources.add(self._walk(peer, forwarded_addresses(forwarded)))
        if x_forwarded_for.strip():
            sources.add(self._walk(peer, x_forwarded_for_addresses(x_forwarded_for)))
        return sources.pop() if len(sources) == 1 else peer

    def _walk(self, source: str, addresses: Iterable[Address | None]) -> str:
        """The first source that is no trusted proxy, or the last one that has an address.

        Each address was written by the proxy before it. So the walk goes on only behind trusted
        proxies.
        """
        for address in addresses:
            if address is None:
                break
            source = source_from_address(address)
            if not self._trusted_proxies.include(address):
                break
        return source

    def _warn_about(self, environ: Mapping[str, Any]) -> None:
        """Point out, once, a private peer that may be a proxy that the operator forgot."""
        if self._has_warned:
            return
        address = parse_address(str(environ.get("REMOTE_ADDR", "")))
        if address is None or address.is_private:
            self._has_warned = True
            LOGGER.warning(
                "%s sent Forwarded or X-Forwarded-For, but is not in CUSTOMER_TRUSTED_PROXIES, so"
                " all its clients count as one source. If it is your proxy, add it there.",
                source_from_address(address),
            )
