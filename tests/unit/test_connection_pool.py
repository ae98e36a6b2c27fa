"""Which TLS session a new connection resumes."""

import ssl
from typing import Any

import pytest

from cybershop_customer.adapters.http_api import connection_pool
from cybershop_customer.adapters.http_api.connection import NotConnectedError
from cybershop_customer.adapters.http_api.connection_pool import ConnectionPool

SESSION: Any = object()


class Connection:
    """Its server hangs up on whoever resumes a session."""

    resumed: list[object]

    def __init__(self, *_: object, tls_session: object, **__: object) -> None:
        self.resumed.append(tls_session)
        if tls_session is not None:
            raise NotConnectedError("TLS failed")
        self.tls_session = SESSION

    def close(self) -> None:
        """Do nothing."""


def test_a_server_that_refuses_a_resumed_session_is_asked_without_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection_pool, "Connection", Connection)
    monkeypatch.setattr(Connection, "resumed", [], raising=False)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    pool = ConnectionPool("db.example", context=context, connections=1)
    pool.give_back(pool.open([], deadline=0), reusable=False)

    with pytest.raises(NotConnectedError):
        pool.open([], deadline=0)
    pool.open([], deadline=0)

    assert Connection.resumed == [None, SESSION, None]
