"""Strangers who make the service hash passwords do not stop the session check."""

import json
from collections.abc import Callable
from itertools import count
from time import monotonic

from support.http.api import Request
from support.http.customer_api import BASE, add, is_live, log_in
from support.http.keep_alive_clients import KeepAliveClients
from support.http.transports import encoded
from support.processes.command import Service

CONNECTIONS = 16
ENOUGH_SECONDS = 5.0
"""A check takes milliseconds. Without the hashing lane it waits for dozens of hashes."""


def test_a_session_check_is_answered_during_a_login_storm(serve: Callable[..., Service]) -> None:
    service = serve(CUSTOMER_STORAGE="memory", CUSTOMER_HOST="127.0.0.1")
    numbers = count()

    def invented_login(_: int) -> bytes:
        message = {"customer_id": f"invented{next(numbers)}", "password": "a wrong one"}
        headers = (("Content-Type", "application/json"),)
        body = json.dumps(message).encode()
        return encoded(Request("PUT", f"{BASE}/login", headers, body))

    with service.api() as api:
        add(api, "zoe", password="an unusual phrase")
        context_id = log_in(api, "zoe", "an unusual phrase")
        with KeepAliveClients(service.url, invented_login, clients=CONNECTIONS) as storm:
            storm.wait_until_busy(2 * CONNECTIONS)
            for _ in range(20):
                began = monotonic()
                assert is_live(api, context_id)
                assert monotonic() - began < ENOUGH_SECONDS
            busy = 503 in storm.tally.statuses
            service.process.terminate()

    assert busy
    assert service.wait() == 0


def test_places_that_do_not_fit_the_threads_are_named_at_the_start() -> None:
    from support.processes.command import run

    ran = run(
        "serve",
        "--demo",
        CUSTOMER_THREADS="6",
        CUSTOMER_HASHING_THREADS="2",
        CUSTOMER_HASHING_QUEUE="3",
    )

    assert ran.returncode == 2
    assert (
        "CUSTOMER_HASHING_THREADS and CUSTOMER_HASHING_QUEUE must together be at most 4,"
        " which is CUSTOMER_THREADS less 2" in ran.stderr
    )
