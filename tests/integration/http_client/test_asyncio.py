"""What only the clients for asyncio do: cancellation, event loops, and the limit of connections."""

import asyncio
import gc
import warnings
from collections.abc import Awaitable, Callable
from threading import Event
from time import monotonic
from typing import Any

import pytest
from support.doubles.manual_time import ManualTime
from support.http.endless_responses import ENDLESS
from support.http.raw_server import (
    Conversation,
    RawServer,
    answer,
    problem,
    raw_server,
    say,
    say_and_hang_up,
    stay_silent,
)
from support.http.session_replies import CONTEXT_ID, SESSION
from support.http.transports import TIMEOUT
from support.processes.connections import TABLE, connections_to
from support.processes.forks import in_child

from cybershop_customer import (
    CheckerUnavailableError,
    LoginRefusedError,
    SettingsError,
)
from cybershop_customer.adapters.async_http_client.connection import Connection
from cybershop_customer.adapters.async_http_client.server import Server
from cybershop_customer.adapters.async_http_client.session_checker import AsyncHttpSessionChecker
from cybershop_customer.adapters.async_http_client.session_feed import AsyncHttpSessionFeed
from cybershop_customer.adapters.caching.policy import CachePolicy
from cybershop_customer.adapters.http_api.http1_response import ResponseReader
from cybershop_customer.domain.errors import ServiceUnavailableError
from cybershop_customer.entrypoints.client import AsyncHttpCustomerClient
from cybershop_customer.entrypoints.session_checkers import async_http_session_checker

LIMIT = 0.3
NO_CACHE = CachePolicy(max_age=0, refusal_max_age=0)
LONG = 5.0
GOOD = say(answer(200, SESSION))
TOKEN = "feed-token-AbC123._~+/0123456789=="


def run(steps: Callable[[], Awaitable[None]]) -> None:
    async def with_timeout() -> None:
        async with asyncio.timeout(TIMEOUT):
            await steps()

    asyncio.run(with_timeout())


def with_server(
    *acts: Callable[[Conversation], None], **arguments: Any
) -> Callable[[Callable[[AsyncHttpSessionChecker, RawServer], Awaitable[None]]], None]:
    """Runs the decorated steps with a checker and its server."""

    def decorate(steps: Callable[[AsyncHttpSessionChecker, RawServer], Awaitable[None]]) -> None:
        async def all_steps() -> None:
            with raw_server(*acts) as server:
                async with AsyncHttpSessionChecker(server.url, **arguments) as checker:
                    await steps(checker, server)

        run(all_steps)

    return decorate


class Held:
    """An act that says ``begin`` and waits before it says the rest."""

    def __init__(self, data: bytes, begin: int) -> None:
        self.begun, self.may_end = Event(), Event()
        self._data, self._begin = data, begin

    def __call__(self, conversation: Conversation) -> None:
        conversation.request.sendall(self._data[: self._begin])
        self.begun.set()
        assert self.may_end.wait(TIMEOUT)
        conversation.request.sendall(self._data[self._begin :])


async def cancelled(call: Any, held: Held) -> None:
    """Cancel ``call`` in the middle of the response."""
    task = asyncio.create_task(call)
    assert await asyncio.to_thread(held.begun.wait, TIMEOUT)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()


def test_every_endless_response_is_given_up_in_time() -> None:
    async def steps() -> None:
        async def seconds(act: Callable[[Conversation], None]) -> float:
            with raw_server(act) as server:
                async with AsyncHttpSessionChecker(server.url, time_limit=LIMIT) as checker:
                    began = monotonic()
                    with pytest.raises(CheckerUnavailableError):
                        await checker.check_session(CONTEXT_ID)
                    return monotonic() - began

        taken = await asyncio.gather(*(seconds(act) for act in ENDLESS.values()))
        assert max(taken) < LONG

    run(steps)


class TestCancellation:
    @pytest.mark.parametrize("begin", [0, 20, -5], ids=["nothing", "half the head", "half a body"])
    def test_no_other_call_gets_the_connection(self, begin: int) -> None:
        other = answer(200, {**SESSION, "roles": ["of an earlier response"]})
        held = Held(other, begin)

        @with_server(GOOD, held, GOOD)
        async def _(checker: AsyncHttpSessionChecker, server: RawServer) -> None:
            await checker.check_session(CONTEXT_ID)
            await cancelled(checker.check_session(CONTEXT_ID), held)
            held.may_end.set()
            session = await checker.check_session(CONTEXT_ID)
            assert session.roles == {"admin", "buyer"}
            assert server.connections == 2

    def test_it_says_nothing_about_the_service(self) -> None:
        """Callers that hang up must not open the circuit breaker."""

        @with_server(stay_silent)
        async def _(checker: AsyncHttpSessionChecker, server: RawServer) -> None:
            for number in range(1, 8):
                task = asyncio.create_task(checker.check_session(CONTEXT_ID))
                while len(server.requests) < number:  # noqa: ASYNC110 (a thread counts them)
                    await asyncio.sleep(0.001)
                task.cancel()
                await asyncio.wait([task])
            server.acts[:] = [GOOD]
            assert (await checker.check_session(CONTEXT_ID)).customer_id == "zoe"

    def test_a_probe_that_is_cancelled_lets_another_one_follow(self) -> None:
        now = [1000.0]

        async def skip(seconds: float) -> None:
            now[0] += seconds

        held = Held(answer(200, SESSION), 10)

        @with_server(
            *[say(answer(404))] * 5,
            held,
            GOOD,
            sleep=skip,
            monotonic=lambda: now[0],
            uniform=lambda _low, high: high,
        )
        async def _(checker: AsyncHttpSessionChecker, server: RawServer) -> None:
            for _ in range(6):
                with pytest.raises(CheckerUnavailableError):
                    await checker.check_session(CONTEXT_ID)
            assert len(server.requests) == 5
            now[0] += 5
            await cancelled(checker.check_session(CONTEXT_ID), held)
            held.may_end.set()
            assert (await checker.check_session(CONTEXT_ID)).customer_id == "zoe"

    def test_a_connection_whose_response_no_one_took_is_closed(self) -> None:
        """The cancellation comes after the response, and before the task goes on."""

        async def steps() -> None:
            with raw_server(stay_silent) as server:
                connection = await Server.at(server.url).connect(TIMEOUT)
                assert isinstance(connection, Connection)
                request = b"GET / HTTP/1.1\r\n\r\n"
                task = asyncio.create_task(connection.exchange(request, ResponseReader(100)))
                await asyncio.sleep(0)
                connection.data_received(answer(200))
                task.cancel()
                await asyncio.wait([task])
                assert task.cancelled()
                assert not connection.is_usable

        run(steps)

    @pytest.mark.skipif(not TABLE.exists(), reason="reads /proc of Linux")
    def test_no_connection_is_left(self) -> None:
        held = Held(answer(200, SESSION), 10)

        @with_server(held)
        async def _(checker: AsyncHttpSessionChecker, server: RawServer) -> None:
            await cancelled(checker.check_session(CONTEXT_ID), held)
            held.may_end.set()
            await asyncio.sleep(0)
            assert connections_to(server.url) == 0


class TestConnections:
    def test_they_are_kept_and_limited(self) -> None:
        @with_server(GOOD, connections=3)
        async def _(checker: AsyncHttpSessionChecker, server: RawServer) -> None:
            for _ in range(2):
                checks = (checker.check_session(CONTEXT_ID) for _ in range(30))
                assert {it.customer_id for it in await asyncio.gather(*checks)} == {"zoe"}
            assert len(server.requests) == 60
            assert server.connections == 3

    def test_a_call_that_gets_none_in_time_was_not_sent(self) -> None:
        arrived = Event()

        def note_and_stay_silent(conversation: Conversation) -> None:
            arrived.set()
            stay_silent(conversation)

        async def steps() -> None:
            with raw_server(note_and_stay_silent) as server:
                patient = AsyncHttpCustomerClient(server.url, connections=1, time_limit=1)
                hasty = AsyncHttpCustomerClient(server.url, connections=1, time_limit=0.05)
                # Both take the one connection of the first, so the order of events is certain.
                shared = patient._local.get().transport
                object.__setattr__(hasty._local.get(), "transport", shared)
                async with patient, hasty:
                    sent = asyncio.create_task(patient.login(customer_id="zoe", password="a"))
                    assert await asyncio.to_thread(arrived.wait, TIMEOUT)
                    with pytest.raises(ServiceUnavailableError) as waited:
                        await hasty.login(customer_id="zoe", password="a")
                    with pytest.raises(ServiceUnavailableError) as unanswered:
                        await sent
                assert (unanswered.value.outcome_known, waited.value.outcome_known) == (False, True)
                assert len(server.requests) == 1

        run(steps)

    def test_what_comes_unasked_is_no_response(self) -> None:
        """A second response on a kept connection would answer the next request."""
        foreign = answer(200, {**SESSION, "roles": ["foreign"]})

        @with_server(say(answer(200, SESSION) + foreign), GOOD)
        async def _(checker: AsyncHttpSessionChecker, server: RawServer) -> None:
            await checker.check_session(CONTEXT_ID)
            await asyncio.sleep(0.01)
            session = await checker.check_session(CONTEXT_ID)
            assert session.roles == {"admin", "buyer"}
            assert server.connections == 2

    def test_what_comes_unasked_while_the_loop_is_busy_is_no_response(self) -> None:
        busy, sent = Event(), Event()

        def act(conversation: Conversation) -> None:
            GOOD(conversation)
            assert busy.wait(TIMEOUT)
            conversation.request.sendall(answer(200, {**SESSION, "roles": ["foreign"]}))
            sent.set()

        @with_server(act, GOOD)
        async def _(checker: AsyncHttpSessionChecker, server: RawServer) -> None:
            await checker.check_session(CONTEXT_ID)
            busy.set()
            assert sent.wait(TIMEOUT), "the loop sees nothing of it"
            session = await checker.check_session(CONTEXT_ID)
            assert session.roles == {"admin", "buyer"}
            assert server.connections == 2

    @pytest.mark.skipif(not TABLE.exists(), reason="reads /proc of Linux")
    def test_closing_closes_them_all(self) -> None:
        @with_server(GOOD)
        async def _(checker: AsyncHttpSessionChecker, server: RawServer) -> None:
            await asyncio.gather(*(checker.check_session(CONTEXT_ID) for _ in range(5)))
            assert connections_to(server.url) > 0
            await checker.aclose()
            assert connections_to(server.url) == 0

    def test_every_address_of_a_name_is_tried(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async def steps() -> None:
            with raw_server(GOOD) as server:
                port = server.port

                async def addresses(*_: object, **__: object) -> list[Any]:
                    return [(0, 0, 0, "", (host, port)) for host in ("127.0.0.9", "127.0.0.1")]

                monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", addresses)
                async with AsyncHttpSessionChecker(f"http://shop.example:{port}") as checker:
                    assert (await checker.check_session(CONTEXT_ID)).customer_id == "zoe"

        run(steps)


class TestWrites:
    """A login is sent once, and its outcome is never guessed."""

    @pytest.mark.parametrize(
        "act",
        [
            say_and_hang_up(),
            say_and_hang_up(answer(200, SESSION)[:-4]),
            say_and_hang_up(b"rubbish\r\n"),
            say(answer(200, {"customer_id": "zoe"})),
            say(answer(500)),
        ],
        ids=["closed", "cut off", "not HTTP", "no session", "500"],
    )
    def test_without_a_usable_answer_the_outcome_is_unknown(
        self, act: Callable[[Conversation], None]
    ) -> None:
        async def steps() -> None:
            with raw_server(act) as server:
                async with AsyncHttpCustomerClient(server.url) as client:
                    with pytest.raises(ServiceUnavailableError) as caught:
                        await client.login(customer_id="zoe", password="a password")
                    assert not caught.value.outcome_known
                    assert len(server.requests) == 1

        run(steps)

    def test_without_a_connection_nothing_happened(self) -> None:
        async def steps() -> None:
            with raw_server(GOOD) as server:
                url = server.url
            async with AsyncHttpCustomerClient(url) as client:
                with pytest.raises(ServiceUnavailableError) as caught:
                    await client.login(customer_id="zoe", password="a password")
                assert caught.value.outcome_known

        run(steps)

    def test_a_kept_connection_that_closes_under_a_write_is_not_retried(self) -> None:
        refused = say(problem(401, "login-refused"))

        async def steps() -> None:
            with raw_server(refused, say_and_hang_up(), refused) as server:
                async with AsyncHttpCustomerClient(server.url) as client:
                    with pytest.raises(LoginRefusedError):
                        await client.login(customer_id="zoe", password="a password")
                    with pytest.raises(ServiceUnavailableError) as caught:
                        await client.login(customer_id="zoe", password="a password")
                    assert not caught.value.outcome_known
                    assert len(server.requests) == 2

        run(steps)

    def test_a_kept_connection_that_closed_before_a_write_is_not_used(self) -> None:
        """Also if the loop has not noticed, because it was busy."""
        refused = problem(401, "login-refused")

        async def steps() -> None:
            with raw_server(say_and_hang_up(refused), say(refused)) as server:
                async with AsyncHttpCustomerClient(server.url) as client:
                    for _ in range(2):
                        with pytest.raises(LoginRefusedError):
                            await client.login(customer_id="zoe", password="a password")
                        assert server.hung_up.wait(TIMEOUT)
                assert (len(server.requests), server.connections) == (2, 2)

        run(steps)


class TestEventLoops:
    def test_each_has_connections_of_its_own(self) -> None:
        async def check_twice(checker: AsyncHttpSessionChecker) -> None:
            for _ in range(2):
                await checker.check_session(CONTEXT_ID)

        with raw_server(GOOD) as server, warnings.catch_warnings():
            # Python warns of connections that were open when their loop was closed.
            warnings.simplefilter("ignore", ResourceWarning)
            checker = AsyncHttpSessionChecker(server.url)
            for _ in range(3):
                asyncio.run(check_twice(checker))
            assert (len(server.requests), server.connections) == (6, 3)
            asyncio.run(checker.aclose())
            gc.collect()
            assert connections_to(server.url) == 0

    def test_a_forked_child_has_connections_of_its_own(self) -> None:
        with raw_server(GOOD) as server:
            checker = AsyncHttpSessionChecker(server.url)
            loop = asyncio.new_event_loop()
            loop.run_until_complete(checker.check_session(CONTEXT_ID))
            connections = server.connections

            def check() -> str:
                async def steps() -> str:
                    async with checker:
                        return (await checker.check_session(CONTEXT_ID)).customer_id

                return asyncio.run(steps())

            assert in_child(check) == "zoe"
            assert server.connections == connections + 1
            session = loop.run_until_complete(checker.check_session(CONTEXT_ID))
            assert session.customer_id == "zoe"
            assert server.connections == connections + 1, "the child closed that of its parent"
            loop.run_until_complete(checker.aclose())
            loop.close()


class TestTheFeed:
    def test_a_page_is_read_and_its_connection_kept(self) -> None:
        page = {"changes": [], "cursor": "a~b", "complete": True}

        async def steps() -> None:
            with raw_server(say(answer(200, page))) as server:
                async with AsyncHttpSessionFeed(server.url, TOKEN) as feed:
                    assert (await feed.read_changes(None)).cursor == "a~b"
                    assert (await feed.read_changes("a b")).complete
                assert server.connections == 1
                assert b"/session/feed?cursor=a%20b HTTP/1.1" in server.requests[1]
                assert f"Authorization: Bearer {TOKEN}".encode() in server.requests[1]

        run(steps)

    @pytest.mark.parametrize(
        ("arguments", "field"),
        [({"url": "shop"}, "url"), ({"time_limit": 0}, "time_limit"), ({"feed_token": ""}, "feed")],
    )
    def test_each_setting_is_checked(self, arguments: dict[str, Any], field: str) -> None:
        with pytest.raises(SettingsError, match=field):
            AsyncHttpSessionFeed(**{"url": "http://shop.example", "feed_token": TOKEN, **arguments})


def test_one_circuit_breaker_serves_the_client_and_its_checker(time: ManualTime) -> None:
    async def steps() -> None:
        with raw_server(*[say_and_hang_up()] * 5, GOOD) as server:
            async with (
                AsyncHttpCustomerClient(server.url, monotonic=time.monotonic) as client,
                async_http_session_checker(client, policy=NO_CACHE) as checker,
            ):
                for _ in range(5):
                    with pytest.raises(ServiceUnavailableError):
                        await client.logout(CONTEXT_ID)
                with pytest.raises(CheckerUnavailableError):
                    await checker.check_session(CONTEXT_ID)
                assert len(server.requests) == 5
                time.now += 5
                assert (await checker.check_session(CONTEXT_ID)).customer_id == "zoe"
                await checker.aclose()
                assert (await client.check_session(CONTEXT_ID)).customer_id == "zoe"
                assert server.connections == 6

    run(steps)


def test_a_checker_of_a_client_has_no_limits_of_its_own() -> None:
    client = AsyncHttpCustomerClient("http://127.0.0.1:1")

    with pytest.raises(SettingsError) as caught:
        async_http_session_checker(client, time_limit=1, connections=1)

    assert [fault.field for fault in caught.value.faults] == ["time_limit", "connections"]
