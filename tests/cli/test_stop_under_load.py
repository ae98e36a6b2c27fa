"""A stop while clients send one request after another on connections that they keep."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from time import monotonic
from typing import Final

import pytest
from support.api import Request
from support.command import Service
from support.dynamodb_local import dynamodb_local
from support.dynamodb_stores import local_database
from support.kept_clients import KeptClients
from support.shop import BASE, PASSWORD, add, log_in
from support.ways_in import encoded

Serve = Callable[..., Service]

STOPS: Final = 10
SECONDS_AFTER_THE_LAST_REPLY: Final = 2.0
IN_MEMORY: Final[Mapping[str, str]] = {}


def on_dynamodb() -> Mapping[str, str]:
    return {
        "CUSTOMER_STORAGE": "dynamodb",
        "CUSTOMER_DYNAMODB_ENDPOINT": dynamodb_local(),
        "CUSTOMER_TABLE_PREFIX": local_database().customer_table.removesuffix("customer"),
    }


def requests_of(service: Service) -> Callable[[int], bytes]:
    """Every third client logs in, the others check a session."""
    with service.api() as api:
        add(api, "zoe")
        context_id = log_in(api, "zoe")
    body = json.dumps({"customer_id": "zoe", "password": PASSWORD}).encode()
    login = Request("PUT", f"{BASE}/login", (("Content-Type", "application/json"),), body)
    check = Request("GET", f"{BASE}/session", (("Authorization", f"Bearer {context_id}"),))
    return lambda number: encoded(check if number % 3 else login)


def stop_under_load(service: Service) -> None:
    """Stop it while clients use it, and assert that each of them is served to the end."""
    with KeptClients(service.url, requests_of(service)) as clients:
        clients.wait_until_busy()
        service.signal()
        clients.note_stop()

        assert service.wait() == 0, service.log[-2000:]
        ended_at = monotonic()
    tally = clients.tally
    assert tally.unanswered == []
    assert tally.kept_after_stop == 0
    assert tally.statuses <= {200, 401}
    assert ended_at - tally.last_reply_at < SECONDS_AFTER_THE_LAST_REPLY


@pytest.mark.parametrize("round_", range(STOPS))
def test_every_request_of_kept_connections_is_answered_in_memory(
    demo: Serve, round_: int
) -> None:
    stop_under_load(demo())


@pytest.mark.dynamodb_local
@pytest.mark.parametrize("round_", range(STOPS))
def test_every_request_of_kept_connections_is_answered_on_dynamodb(
    demo: Serve, round_: int
) -> None:
    stop_under_load(demo(**on_dynamodb()))
