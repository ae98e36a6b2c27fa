"""``close`` closes every connection that the checker opened."""

from threading import Event

import pytest
from support.dynamodb.stub_store import stub_store
from support.http.raw_server import raw_server, say
from support.http.session_replies import CONTEXT_ID, refusal
from support.processes.connections import TABLE, connections_to

from cybershop_customer import SessionRefusedError
from cybershop_customer.adapters.caching.policy import CachePolicy
from cybershop_customer.adapters.caching.session_checker import CachingSessionChecker
from cybershop_customer.entrypoints.container import make_container
from cybershop_customer.entrypoints.session_checkers import (
    dynamodb_session_checker,
    http_session_checker,
)
from cybershop_customer.entrypoints.settings import Settings

POLICY = CachePolicy(max_lag=0.2)
PATIENCE = 30.0
"""Seconds: a busy machine may take its time to answer."""


def refused(checker: CachingSessionChecker) -> None:
    with pytest.raises(SessionRefusedError):
        checker.check_session(CONTEXT_ID)


@pytest.mark.skipif(not TABLE.exists(), reason="reads /proc of Linux")
class TestNoConnectionIsLeft:
    def test_on_dynamodb(self) -> None:
        with stub_store() as store:
            checker = dynamodb_session_checker(store.url, time_limit=PATIENCE)
            refused(checker)
            assert connections_to(store.url) == 1

            checker.close()

            assert connections_to(store.url) == 0

    def test_on_dynamodb_while_the_feed_is_followed(self) -> None:
        with stub_store() as store:
            checker = dynamodb_session_checker(store.url, policy=POLICY, follow_feed=True)
            refused(checker)
            while len(store.requests) < 9:
                Event().wait(0.01)

            checker.close()

            requests = len(store.requests)
            assert connections_to(store.url) == 0
            Event().wait(0.2)
            assert len(store.requests) == requests

    def test_of_a_container(self) -> None:
        with stub_store() as store:
            environ = {"CUSTOMER_DYNAMODB_ENDPOINT": store.url}
            container = make_container(Settings.from_environ(environ))
            container.services().probe.probe()
            assert connections_to(store.url) == 1

            container.storage().close()

            assert connections_to(store.url) == 0

    def test_over_http(self) -> None:
        with raw_server(say(refusal("unknown"))) as server:
            checker = http_session_checker(server.url, time_limit=PATIENCE)
            refused(checker)
            assert connections_to(server.url) == 1

            checker.close()

            assert connections_to(server.url) == 0
