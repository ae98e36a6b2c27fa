"""A stop finishes the in-flight requests, waits for nothing else, and exits with 0 if it did."""

import json
import signal
from collections.abc import Callable
from time import monotonic

import pytest
from support.http.api import Answer, Request
from support.http.customer_api import BASE, PASSWORD, add, log_in
from support.http.transports import LIVEZ, TIMEOUT, RawConnection, encoded
from support.processes.command import AT_ONCE, Service

Serve = Callable[..., Service]
STOPS = [signal.SIGTERM, signal.SIGINT]


def put_login(customer_id: str) -> bytes:
    body = json.dumps({"customer_id": customer_id, "password": PASSWORD}).encode()
    headers = (("Content-Type", "application/json"),)
    return encoded(Request("PUT", f"{BASE}/login", headers, body))


def wait_until_read(service: Service) -> None:
    """Return when the service has read all earlier requests: it reads in order of arrival."""
    with RawConnection(service.url) as connection:
        assert connection.exchange(LIVEZ).status == 200


def wait_until_stopping(service: Service) -> None:
    """Return when the service accepts no more connections."""
    deadline = monotonic() + TIMEOUT
    while monotonic() < deadline:
        try:
            with RawConnection(service.url) as connection:
                connection.exchange(LIVEZ)
        except OSError:
            return
    pytest.fail("it goes on and on")


def succeeded(answer: Answer) -> bool:
    """Whether ``answer`` is a complete answer to a login."""
    return answer.status == 200 and answer.json["message"] == "Logged in."


@pytest.fixture
def service(demo: Serve) -> Service:
    # The hashing lane has room for every login of a test, and the budget too.
    service = demo(CUSTOMER_THREADS="32", CUSTOMER_LOGIN_ATTEMPTS="100")
    with service.api() as api:
        add(api, "zoe")
    return service


@pytest.mark.parametrize("stop", STOPS)
def test_a_login_whose_password_is_being_checked_is_answered(
    demo: Serve, stop: signal.Signals
) -> None:
    # The hashing threads have a low priority: a busy machine gives them a tenth of a processor.
    service = demo(CUSTOMER_BCRYPT_ROUNDS="12", CUSTOMER_STOP_SECONDS="100")
    with service.api() as api:
        add(api, "zoe")
    with RawConnection(service.url) as login:
        login.send(put_login("zoe"))
        wait_until_read(service)

        service.signal(stop)

        assert succeeded(login.receive())
    assert service.wait() == 0


@pytest.mark.parametrize("stop", STOPS)
def test_a_message_that_is_still_being_sent_is_answered(
    service: Service, stop: signal.Signals
) -> None:
    request = put_login("zoe")
    with RawConnection(service.url) as slow:
        slow.send(request[:-10])
        wait_until_read(service)
        service.signal(stop)
        wait_until_stopping(service)

        slow.send(request[-10:-5])
        slow.send(request[-5:])

        assert succeeded(slow.receive())
    assert service.wait() == 0


def test_headers_that_are_still_being_sent_are_waited_for(service: Service) -> None:
    with RawConnection(service.url) as slow:
        slow.send(LIVEZ[:20])
        wait_until_read(service)
        service.signal()
        wait_until_stopping(service)

        assert slow.exchange(LIVEZ[20:]).status == 200
    assert service.wait() == 0


def test_a_request_sent_the_moment_before_is_answered(service: Service) -> None:
    connections = [RawConnection(service.url) for _ in range(20)]
    for connection in connections:
        connection.send(put_login("zoe"))

    service.signal()

    assert all(succeeded(connection.receive()) for connection in connections)
    assert service.wait() == 0
    for connection in connections:
        connection.close()


@pytest.mark.parametrize("stop", STOPS)
def test_connections_kept_alive_do_not_delay_the_stop(
    service: Service, stop: signal.Signals
) -> None:
    with RawConnection(service.url) as used, RawConnection(service.url) as unused:
        assert succeeded(used.exchange(put_login("zoe")))

        service.signal(stop)

        assert service.wait(timeout=AT_ONCE) == 0
        assert (used.read(1), unused.read(1)) == (b"", b"")


@pytest.mark.parametrize("stop", STOPS)
def test_a_second_signal_waits_for_no_request(service: Service, stop: signal.Signals) -> None:
    with RawConnection(service.url) as stuck:
        stuck.send(put_login("zoe")[:-1])
        wait_until_read(service)
        service.signal(stop)
        wait_until_stopping(service)

        service.signal(stop)

        assert service.wait(timeout=AT_ONCE) == -stop


def test_without_in_flight_requests_it_ends_at_once_and_quietly(service: Service) -> None:
    service.signal()

    assert service.wait(timeout=AT_ONCE) == 0
    assert {line["level"] for line in service.log_lines} == {"INFO"}


def test_sessions_opened_before_work_until_the_end(service: Service) -> None:
    with service.api() as api:
        context_id = log_in(api, "zoe")
        with RawConnection(service.url) as slow:
            slow.send(put_login("zoe")[:-1])
            wait_until_read(service)
            service.signal()
            wait_until_stopping(service)

            # This connection was open before.
            assert api.get(f"{BASE}/session", bearer=context_id).status == 200
            slow.send(b"}")
            assert succeeded(slow.receive())
    assert service.wait() == 0
