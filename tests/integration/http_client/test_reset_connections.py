"""A connection with TLS that the server resets while it is kept."""

import socket
import ssl
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Final

import pytest
from support.http.certificate import self_signed

from cybershop_customer.adapters.http_api.connection import (
    Connection,
    ConnectionLostError,
    look_up,
)
from cybershop_customer.adapters.http_api.http1_response import ResponseReader

REQUEST: Final = b"GET / HTTP/1.1\r\n\r\n"
RESPONSE: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
RESET: Final = struct.pack("ii", 1, 0)
"""No time to linger: the close sends a reset (socket(7))."""
LIMIT: Final = 10.0


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    """A kept connection whose reset is there, but not yet seen by the client."""
    server_context, certificate = self_signed(tmp_path)
    context = ssl.create_default_context(cafile=str(certificate))
    # The tickets of 1.3 arrive after the handshake, so the client would read before it sends.
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer_and_reset() -> None:
            accepted, _ = listener.accept()
            with server_context.wrap_socket(accepted, server_side=True) as server:
                server.recv(len(REQUEST))
                server.sendall(RESPONSE)
                server.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)

        thread = Thread(target=answer_and_reset)
        thread.start()
        deadline = time.monotonic() + LIMIT
        opened = Connection(
            look_up("127.0.0.1", listener.getsockname()[1]),
            deadline=deadline,
            context=context,
            host="127.0.0.1",
        )
        response = opened.exchange(REQUEST, ResponseReader(100), deadline=deadline)
        assert response.body == b"ok"
        thread.join()
    while not opened.is_stale():
        assert time.monotonic() < deadline
    yield opened
    opened.close()


def test_the_request_was_not_sent(connection: Connection) -> None:
    with pytest.raises(ConnectionLostError) as error:
        connection.exchange(REQUEST, ResponseReader(100), deadline=time.monotonic() + LIMIT)

    assert not error.value.sent
