"""The filter drops new connections, and keeps the connections in the system's queue."""

import socket
import sys

import pytest

from cybershop_customer.entrypoints.http.serving.syn_filter import drop_new_connections

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has the filter")


def test_new_connections_are_dropped_and_waiting_ones_can_be_accepted() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = listening.getsockname()
        listening.settimeout(0.2)
        with socket.create_connection(address) as waiting:
            drop_new_connections(listening)
            with socket.socket() as late:
                late.settimeout(0.2)
                with pytest.raises(TimeoutError):
                    late.connect(address)

            accepted, peer = listening.accept()
            with accepted:
                assert peer == waiting.getsockname()
            with pytest.raises(TimeoutError):
                listening.accept()
