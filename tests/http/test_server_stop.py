"""A request that was sent before the server stops is answered."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from support.http.transports import LIVEZ, RawConnection

from cybershop_customer.entrypoints.container import Container
from cybershop_customer.entrypoints.http.app import create_app
from cybershop_customer.entrypoints.http.server import Server
from cybershop_customer.entrypoints.http.serving.listening_sockets import (
    open_listening_sockets,
    url_of,
)


@pytest.fixture
def server(container: Container) -> Iterator[Server]:
    """A server that listens. Each test runs it."""
    server = Server(create_app(container.services()), host="127.0.0.1", port=0, threads=2)
    yield server
    server.close()


@pytest.fixture
def clients(server: Server) -> Iterator[list[RawConnection]]:
    """Five connections in the system's queue."""
    with ExitStack() as stack:
        yield [stack.enter_context(RawConnection(server.url)) for _ in range(5)]


def test_requests_in_the_systems_queue_are_answered(
    server: Server, clients: list[RawConnection]
) -> None:
    for client in clients:
        client.send(LIVEZ)
    server.stop()

    assert server.run()
    assert [client.receive().status for client in clients] == [200] * len(clients)


def test_a_client_that_disconnects_does_not_affect_the_others(
    server: Server, clients: list[RawConnection]
) -> None:
    for client in clients[1::2]:
        client.close()
    for client in clients[::2]:
        client.send(LIVEZ)
    server.stop()

    assert server.run()
    assert [client.receive().status for client in clients[::2]] == [200] * 3


def test_connections_without_a_request_do_not_delay_the_stop(
    server: Server, clients: list[RawConnection]
) -> None:
    server.stop()

    assert server.run()
    assert [client.read(1) for client in clients] == [b""] * len(clients)


def test_connections_in_the_systems_queue_are_left_to_other_processes(container: Container) -> None:
    sockets = open_listening_sockets("127.0.0.1", 0)
    application = create_app(container.services())
    with ExitStack() as stack:
        old, new = (
            Server(application, host="127.0.0.1", port=0, threads=2, sockets=[each])
            for each in (sockets[0], sockets[0].dup())
        )
        waiting = stack.enter_context(RawConnection(url_of(sockets[0])))
        waiting.send(LIVEZ)
        old.stop(accept_waiting=False)
        assert old.run()
        new.stop()
        assert new.run()
        assert waiting.receive().status == 200
        old.close()
        new.close()


def test_each_turn_of_the_event_loop_is_told(container: Container) -> None:
    turns: list[None] = []
    server = Server(
        create_app(container.services()),
        host="127.0.0.1",
        port=0,
        threads=2,
        on_turn=lambda: turns.append(None),
    )
    server.stop()
    assert server.run()
    server.close()
    assert turns
