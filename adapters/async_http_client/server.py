"""Where a service answers, and how a connection to it is opened."""

import asyncio
import socket
import ssl
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Self

from ..http_api.call_failure import CallFailure
from ..http_api.service_url import ServiceUrl
from .connection import Connection


@dataclass(frozen=True, slots=True)
class Server:
    """The URL of a service, and the TLS settings of its connections.

    Making the settings takes tens of milliseconds, so a client makes them once, before it is used
    in an event loop.
    """

    url: ServiceUrl
    context: ssl.SSLContext | None

    @classmethod
    def at(cls, url: object) -> Self:
        """The server at ``url``.

        Raises:
            SettingsError: the URL is invalid.
        """
        parsed = ServiceUrl.parse(url)
        if parsed.scheme != "https":
            return cls(parsed, None)
        context = ssl.create_default_context()
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return cls(parsed, context)

    async def connect(self, seconds: float) -> Connection | CallFailure:
        """Open a connection within ``seconds``, a TLS handshake included.

        A host name may have several addresses. Each address gets an equal share of the time that
        remains.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        try:
            async with asyncio.timeout_at(deadline):
                addresses = await self._addresses()
        except TimeoutError:
            return _no_connection("the host is not found in time")
        except OSError as error:
            return _no_connection(f"the host is not found ({error.strerror})")
        failure = _no_connection("no address")
        for left in range(len(addresses), 0, -1):
            now = loop.time()
            try:
                async with asyncio.timeout_at(now + (deadline - now) / left):
                    _, connection = await loop.create_connection(
                        Connection,
                        addresses[-left],
                        self.url.port,
                        ssl=self.context,
                        server_hostname=None if self.context is None else self.url.host_name,
                    )
            except ssl.SSLCertVerificationError as error:
                failure = _never_sent(f"its certificate is refused: {error.verify_message}")
            except ssl.SSLError as error:
                failure = _never_sent(f"TLS failed: {error.reason}")
            except OSError as error:
                # TimeoutError is one too.
                failure = _no_connection(error.strerror or "timed out")
            else:
                return connection
        return failure

    async def _addresses(self) -> list[str]:
        try:
            # The look-up would need a thread.
            return [str(ip_address(self.url.host_name))]
        except ValueError:
            pass
        found = await asyncio.get_running_loop().getaddrinfo(
            self.url.host_name, self.url.port, type=socket.SOCK_STREAM
        )
        return [str(address[0]) for *_, address in found]


def _no_connection(reason: str) -> CallFailure:
    return _never_sent(f"no connection: {reason}")


def _never_sent(cause: str) -> CallFailure:
    return CallFailure(cause, may_have_acted=False)
