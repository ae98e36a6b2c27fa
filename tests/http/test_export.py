"""``GET /me/export``: a streamed document, which a client never takes for whole if it is not."""

import json
import logging
import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.client import HTTPConnection, IncompleteRead
from typing import Any
from urllib.parse import urlsplit

import pytest
from support.builders.values import a_record
from support.http.api import Api
from support.http.customer_api import BASE, add, log_in, the_problem
from support.http.transports import TIMEOUT, in_process, served
from support.stores.stored_state import log_of

from cybershop_customer import ServiceBusyError, Storage, StoreUnavailableError
from cybershop_customer.domain.services.export_service import RECORDS_A_PAGE
from cybershop_customer.entrypoints.container import Container, memory_container
from cybershop_customer.entrypoints.http.answer_stream import (
    AnswerCutShortError,
    AnswerStream,
    StreamPlaces,
)
from cybershop_customer.entrypoints.http.app import create_app
from cybershop_customer.entrypoints.http.export_resource import EXPORTS_AT_A_TIME
from cybershop_customer.entrypoints.testkit.clock import ManualClock

EXPORT = f"{BASE}/me/export"


def operations(storage: Storage) -> list[str]:
    return [record.operation_name for record in log_of(storage, "zoe")]


def test_a_customer_gets_the_document_as_a_file(api: Api, container: Container) -> None:
    add(api, "zoe", fname="Zoë")
    answer = api.get(EXPORT, bearer=log_in(api, "zoe"))

    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-disposition"] == 'attachment; filename="customer-zoe.json"'
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json["profile"]["fname"] == "Zoë"
    assert [each["operation_name"] for each in answer.json["records"]] == (
        operations(container.storage())
    )


def test_head_exports_records_and_counts_nothing(api: Api, container: Container) -> None:
    add(api, "zoe")
    bearer = log_in(api, "zoe")
    for _ in range(20):
        answer = api.request("HEAD", EXPORT, bearer=bearer)
        assert (answer.status, answer.body) == (200, b"")
        assert answer.headers["content-disposition"]
    assert "export" not in operations(container.storage())
    assert "content-length" not in answer.headers


def test_who_may_not(api: Api, clock: ManualClock) -> None:
    add(api, "zoe")
    bearer = log_in(api, "zoe")
    clock.advance(minutes=6)

    the_problem(api.get(EXPORT, bearer=bearer), 403, "login-required")
    assert api.request("HEAD", EXPORT, bearer=bearer).status == 403
    the_problem(api.get(EXPORT), 401, "session-refused")
    bearer = log_in(api, "zoe")
    statuses = [api.get(EXPORT, bearer=bearer).status for _ in range(6)]
    assert statuses[0] == 200
    assert statuses[-1] == 429


class FragileLog:
    """An audit log of which no page can be read any more once ``pages_left`` is 0."""

    def __init__(self, log: Any) -> None:
        self._log = log
        self.pages_left = 1000

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)

    def read(self, *arguments: Any, **named: Any) -> Any:
        if not self.pages_left:
            raise StoreUnavailableError
        self.pages_left -= 1
        return self._log.read(*arguments, **named)


@pytest.fixture
def container_in_memory() -> Container:
    container = memory_container()
    container.audit_log.override(FragileLog(container.storage().audit_log))
    return container


@pytest.fixture
def log(container_in_memory: Container) -> FragileLog:
    """The log of the customer zoe, of several pages."""
    container_in_memory.customers().add_customer(
        customer_id="zoe", email="zoe@shop.example", password="correct horse"
    )
    log = container_in_memory.audit_log()
    assert isinstance(log, FragileLog)
    now = container_in_memory.clock().now()
    for number in range(20 * RECORDS_A_PAGE):
        moment = now + timedelta(microseconds=number)
        log.append(a_record("zoe", at=moment, user_agent=200 * "x"))
    return log


@pytest.fixture
def app(container_in_memory: Container, log: FragileLog) -> Any:
    return create_app(container_in_memory.services())


def export_request(app: Any) -> bytes:
    with in_process(app) as send:
        bearer = log_in(Api(send), "zoe")
    text = f"GET {EXPORT} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {bearer}\r\n\r\n"
    return text.encode()


def bearer_in(request: bytes) -> str:
    return request.decode().split("Bearer ")[1].strip()


def test_a_store_that_fails_in_the_middle_leaves_the_reply_unfinished(
    app: Any, log: FragileLog, caplog: pytest.LogCaptureFixture
) -> None:
    log.pages_left = 3
    bearer = bearer_in(export_request(app))
    with served(app) as server:
        address = urlsplit(server.url)
        connection = HTTPConnection(str(address.hostname), address.port, timeout=TIMEOUT)
        connection.request("GET", EXPORT, headers={"Authorization": f"Bearer {bearer}"})
        reply = connection.getresponse()
        with pytest.raises(IncompleteRead) as cut:
            reply.read()
        connection.close()

    assert reply.status == 200
    with pytest.raises(json.JSONDecodeError):
        json.loads(cut.value.partial)
    # waitress has a logger of its own, which may warn of its queue.
    ours = [record for record in caplog.records if record.name.startswith("cybershop_customer")]
    (line,) = [record for record in ours if record.levelno >= logging.WARNING]
    assert line.getMessage().startswith("an answer was cut short: the store is unavailable")
    assert line.exc_info is None
    assert vars(line)["request_id"] == reply.headers["X-Request-ID"]


def test_a_store_that_fails_at_once_gets_an_ordinary_problem(app: Any, log: FragileLog) -> None:
    log.pages_left = 0
    with in_process(app) as send:
        api = Api(send)
        bearer = log_in(api, "zoe")
        for _ in range(EXPORTS_AT_A_TIME + 1):
            # No place is lost.
            assert api.get(EXPORT, bearer=bearer).status == 503


def test_a_few_slow_readers_leave_threads_for_others(app: Any) -> None:
    request = export_request(app)
    with served(app) as server:
        slow = [slow_reader(server.url, request) for _ in range(EXPORTS_AT_A_TIME)]
        # Their replies do not fit in the buffers, so each holds its place, and a thread.
        for connection in slow:
            assert connection.recv(1)
        with in_process(app) as send:
            refused = Api(send).get(EXPORT, bearer=bearer_in(request))
        the_problem(refused, 503, "service-busy")
        assert int(refused.headers["retry-after"]) > 0
        for connection in slow:
            connection.close()


def slow_reader(url: str, request: bytes) -> socket.socket:
    address = urlsplit(url)
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(TIMEOUT)
    connection.connect((str(address.hostname), address.port))
    connection.sendall(request)
    return connection


class TestPlaces:
    @pytest.fixture
    def clock(self) -> ManualClock:
        return ManualClock()

    @pytest.fixture
    def places(self, clock: ManualClock) -> StreamPlaces:
        return StreamPlaces(2, 120, clock.monotonic)

    def stream(self, places: StreamPlaces, parts: Iterator[bytes]) -> AnswerStream:
        return AnswerStream(parts, place=places.take(), request_id="one")

    @pytest.mark.parametrize("end", ["whole", "failure", "unread"])
    def test_a_place_is_free_once_the_reply_is_closed(self, places: StreamPlaces, end: str) -> None:
        def parts() -> Iterator[bytes]:
            yield b"["
            if end == "failure":
                raise ValueError
            yield b"]"

        places.take()
        reply = self.stream(places, parts())
        with pytest.raises(ServiceBusyError):
            places.take()
        if end == "whole":
            assert b"".join(reply) == b"[]"
        elif end == "failure":
            with pytest.raises(AnswerCutShortError):
                b"".join(reply)
        reply.close()
        reply.close()
        places.take()

    def test_a_reply_that_is_read_for_too_long_is_cut_short(
        self, places: StreamPlaces, clock: ManualClock, caplog: pytest.LogCaptureFixture
    ) -> None:
        reply = self.stream(places, iter([b"[", b"]"]))
        assert next(reply) == b"["
        clock.advance(seconds=120)
        with pytest.raises(AnswerCutShortError):
            next(reply)
        assert "too slowly" in caplog.text

    def test_a_place_that_is_never_given_back_ends(
        self, places: StreamPlaces, clock: ManualClock
    ) -> None:
        lost: list[Callable[[], None]] = [places.take().release, places.take().release]
        clock.advance(seconds=120)
        places.take()
        assert lost
