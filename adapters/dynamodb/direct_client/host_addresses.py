"""The addresses of the endpoint's host. A look-up of the name blocks no request."""

import socket
from collections.abc import Sequence

from ...http_api.connection import Address, NotConnectedError, look_up
from .refreshed_value import RefreshedValue, RefreshFailedError

_INTERVAL = 60.0
"""Seconds between two look-ups. DynamoDB's names have a time to live of seconds, and each look-up
returns other addresses. So each connection is opened anew once a minute. That takes one more round
trip for TLS, because its session is resumed."""


class HostAddresses:
    """The current addresses of ``host``.

    A background thread looks a name up, because the system's resolver has no time limit. An address
    in place of a name needs no thread.
    """

    def __init__(self, host: str, port: int) -> None:
        self._constant: Sequence[Address] | None = None
        self._refreshed: RefreshedValue[Sequence[Address]] | None = None
        try:
            self._constant = socket.getaddrinfo(
                host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST
            )
        except OSError:
            self._refreshed = RefreshedValue(
                lambda: look_up(host, port), interval=_INTERVAL, name="dynamodb-addresses"
            )

    def peek(self) -> Sequence[Address] | None:
        """The addresses of the last look-up, or None if there was none yet. Never waits."""
        return self._constant if self._refreshed is None else self._refreshed.peek()

    def get(self, deadline: float) -> Sequence[Address]:
        """The addresses. Waits for the first look-up until ``deadline``.

        Raises:
            NotConnectedError: there are none.
        """
        if self._refreshed is None:
            return self._constant or ()
        try:
            return self._refreshed.get(deadline)
        except RefreshFailedError as error:
            raise NotConnectedError(f"the look-up of the host failed: {error}") from None

    def refresh_soon(self) -> None:
        """Look the name up again, without waiting: the host may have moved."""
        if self._refreshed is not None:
            self._refreshed.refresh_soon()

    def close(self) -> None:
        """End the background thread, if there is one."""
        if self._refreshed is not None:
            self._refreshed.close()
