"""Listening sockets that several processes accept from."""

# pyright has type stubs of an older waitress.
# pyright: reportUnnecessaryComparison=false
# pyright: reportArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false

import socket
from collections.abc import Iterable
from typing import Final

from waitress.adjustments import Adjustments

_BACKLOG: Final = 1024


def open_listening_sockets(host: str, port: int) -> list[socket.socket]:
    """Listen on each address of ``host``.

    Raises:
        OSError: the process cannot listen on an address.
        ValueError: ``host`` is not known.
    """
    sockets: list[socket.socket] = []
    try:
        for family, kind, protocol, address in Adjustments(host=host, port=port).listen:
            listening = socket.socket(family, kind, protocol)
            sockets.append(listening)
            if family == socket.AF_INET6:
                listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
            listening.settimeout(0)  # accept() does not wait
            listening.listen(_BACKLOG)
    except OSError:
        close_sockets(sockets)
        raise
    return sockets


def close_sockets(sockets: Iterable[socket.socket]) -> None:
    """Close each of ``sockets``."""
    for listening in sockets:
        listening.close()


def url_of(listening: socket.socket) -> str:
    """The URL at which ``listening`` accepts connections."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
