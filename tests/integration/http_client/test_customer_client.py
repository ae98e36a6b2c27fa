"""The connections, the circuit breaker and the processes of the client with threads."""

import copy
import pickle
from collections.abc import Callable

import pytest
from support.doubles.manual_time import ManualTime
from support.http.raw_server import Conversation, RawServer, answer, say, say_and_hang_up
from support.http.session_replies import CONTEXT_ID, SESSION
from support.processes.connections import TABLE, connections_to
from support.processes.forks import in_child
from support.races.threads import race

from cybershop_customer import CheckerUnavailableError, Session, SettingsError
from cybershop_customer.adapters.caching.policy import CachePolicy
from cybershop_customer.domain.errors import ServiceUnavailableError
from cybershop_customer.entrypoints.client import HttpCustomerClient
from cybershop_customer.entrypoints.session_checkers import http_session_checker

GOOD = say(answer(200, SESSION))
LOGGED_OUT = answer(200, {"customer_id": "zoe", "message": "Logged out."})
NO_CACHE = CachePolicy(max_age=0, refusal_max_age=0)

ServerOf = Callable[..., RawServer]


def client_of(server: RawServer, time: ManualTime) -> HttpCustomerClient:
    return HttpCustomerClient(
        server.url, sleep=time.sleep, monotonic=time.monotonic, uniform=time.longest
    )


def test_one_circuit_breaker_serves_the_client_and_its_checker(
    server_of: ServerOf, time: ManualTime
) -> None:
    server = server_of(*[say_and_hang_up()] * 5, GOOD)
    with client_of(server, time) as client:
        checker = http_session_checker(client, policy=NO_CACHE)
        for _ in range(5):
            with pytest.raises(ServiceUnavailableError):
                client.logout(CONTEXT_ID)

        with pytest.raises(CheckerUnavailableError):
            checker.check_session(CONTEXT_ID)
        assert len(server.requests) == 5
        time.now += 5
        assert checker.check_session(CONTEXT_ID).customer_id == "zoe"
        checker.close()


@pytest.mark.skipif(not TABLE.exists(), reason="reads /proc of Linux")
def test_a_client_and_its_checker_share_a_connection_that_the_client_closes(
    server_of: ServerOf, time: ManualTime
) -> None:
    server = server_of(GOOD)
    client = client_of(server, time)
    checker = http_session_checker(client, policy=NO_CACHE)
    client.check_session(CONTEXT_ID)
    checker.check_session(CONTEXT_ID)
    checker.close()

    assert client.check_session(CONTEXT_ID).customer_id == "zoe"
    assert server.connections == connections_to(server.url) == 1
    client.close()
    assert connections_to(server.url) == 0


def test_a_checker_of_a_client_has_no_limits_of_its_own(
    server_of: ServerOf, time: ManualTime
) -> None:
    with client_of(server_of(GOOD), time) as client, pytest.raises(SettingsError) as caught:
        http_session_checker(client, time_limit=1, connections=1)

    assert [fault.field for fault in caught.value.faults] == ["time_limit", "connections"]


def test_a_change_on_a_kept_connection_that_was_closed_meanwhile_is_sent_once(
    server_of: ServerOf, time: ManualTime
) -> None:
    """The close is seen before anything is sent."""
    server = server_of(say_and_hang_up(answer(200, SESSION)), say(LOGGED_OUT))
    with client_of(server, time) as client:
        client.check_session(CONTEXT_ID)
        assert server.hung_up.wait(30)

        assert client.logout(CONTEXT_ID) == "zoe"

    assert len(server.requests) == 2


def test_a_change_whose_kept_connection_is_lost_is_not_sent_again(
    server_of: ServerOf, time: ManualTime
) -> None:
    server = server_of(GOOD, say_and_hang_up(), say(LOGGED_OUT))
    with client_of(server, time) as client:
        client.check_session(CONTEXT_ID)

        with pytest.raises(ServiceUnavailableError) as caught:
            client.logout(CONTEXT_ID)

    assert not caught.value.outcome_known
    assert len(server.requests) == 2


def test_an_interrupted_call_leaves_no_connection_in_use(
    server_of: ServerOf, time: ManualTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its answer would be taken for that of the next call."""
    from cybershop_customer.adapters.http_api.http1_response import ResponseReader

    server = server_of(GOOD, say(LOGGED_OUT), GOOD)
    with client_of(server, time) as client:
        client.check_session(CONTEXT_ID)
        with monkeypatch.context() as patch:

            def interrupt(*_: object) -> None:
                raise KeyboardInterrupt

            patch.setattr(ResponseReader, "feed", interrupt)
            with pytest.raises(KeyboardInterrupt):
                client.logout(CONTEXT_ID)

        assert client.check_session(CONTEXT_ID).customer_id == "zoe"
    assert server.connections == 2


def test_an_answer_that_no_one_asked_for_is_read_by_no_one(
    server_of: ServerOf, time: ManualTime
) -> None:
    def twice(conversation: Conversation) -> None:
        conversation.request.sendall(answer(200, SESSION) + LOGGED_OUT)

    server = server_of(twice, say(answer(200, SESSION)))
    with client_of(server, time) as client:
        client.check_session(CONTEXT_ID)

        with pytest.raises(ServiceUnavailableError):
            client.logout(CONTEXT_ID)


def test_a_forked_child_has_its_own_connection_and_breaker(
    server_of: ServerOf, time: ManualTime
) -> None:
    server = server_of(*[say_and_hang_up()] * 5, GOOD)
    with client_of(server, time) as client:
        for _ in range(5):
            with pytest.raises(ServiceUnavailableError):
                client.logout(CONTEXT_ID)

        in_child(lambda: client.check_session(CONTEXT_ID))

        with pytest.raises(CheckerUnavailableError):
            client.check_session(CONTEXT_ID)
    assert len(server.requests) == 6


def test_threads_share_a_client(server_of: ServerOf, time: ManualTime) -> None:
    server = server_of(GOOD)
    with client_of(server, time) as client:
        outcomes = race([lambda: client.check_session(CONTEXT_ID)] * 8)

    assert all(isinstance(outcome, Session) for outcome in outcomes)
    assert server.connections <= 8


def test_a_client_cannot_be_copied_or_pickled(server_of: ServerOf, time: ManualTime) -> None:
    with client_of(server_of(GOOD), time) as client:
        for operation in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError, match="one in each process"):
                operation(client)
