"""The quick way of the session check answers, logs and counts as the slow way does."""

import json
import logging
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cybershop_customer import StoreFaultError, StoreUnavailableError
from cybershop_customer.adapters.metrics.service_metrics import ServiceMetrics
from cybershop_customer.domain.audit import rfc3339
from cybershop_customer.entrypoints.container import Container, memory_container
from cybershop_customer.entrypoints.http.app import create_app
from cybershop_customer.entrypoints.http.quick_check import PATH, QuickCheck
from cybershop_customer.entrypoints.http.request_record import RequestRecords
from cybershop_customer.entrypoints.log_formats import JsonFormatter
from cybershop_customer.entrypoints.testkit.clock import ManualClock

USUAL: Final = {
    "REQUEST_METHOD": "GET",
    "PATH_INFO": PATH,
    "QUERY_STRING": "",
    "SERVER_NAME": "127.0.0.1",
    "SERVER_PORT": "30000",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "REMOTE_ADDR": "192.0.2.7",
    "wsgi.url_scheme": "http",
    "wsgi.errors": sys.stderr,
    "wsgi.input": BytesIO(),
}
UNUSUAL: Final[list[dict[str, str | None]]] = [
    {"REQUEST_METHOD": "HEAD"},
    {"REQUEST_METHOD": "POST"},
    {"PATH_INFO": f"{PATH}/"},
    {"PATH_INFO": f"{PATH}/feed"},
    {"QUERY_STRING": "customer_id=zoe"},
    {"CONTENT_LENGTH": "2"},
    {"CONTENT_TYPE": "application/json"},
    {"HTTP_TRANSFER_ENCODING": "chunked"},
    {"HTTP_TRACEPARENT": f"00-{'a' * 32}-{'b' * 16}-01"},
    {"REQUEST_URI": f"{PATH}/authorize/../../session"},
    {"HTTP_AUTHORIZATION": None},
]


class Way:
    """An application, asked in one of the two ways, and what it answered, logged and counted."""

    def __init__(self, container: Container, *, quick: bool) -> None:
        self.metrics = ServiceMetrics()
        self.app: Any = create_app(container.services(), metrics=self.metrics)
        assert self.app.quick_check is not None
        if not quick:
            self.app.quick_check = None

    def ask(self, **headers: str) -> tuple[str, dict[str, str], bytes]:
        found: list[Any] = []
        environ = {**USUAL, **headers}
        body = b"".join(self.app(environ, lambda *given: found.append(given)))
        ((status, fields),) = found
        names = [name.lower() for name, _ in fields]
        assert len(names) == len(set(names))
        return status, {name.lower(): value for name, value in fields}, body

    def counts(self) -> list[tuple[str, dict[str, str], float]]:
        return [
            (sample.name, dict(sample.labels), sample.value)
            for family in self.metrics.registry.collect()
            for sample in family.samples
            if sample.name.endswith("_count") and "request" in sample.name
        ]


PASSWORD: Final = "correct horse"


class Shop:
    """A service in memory with an admin, who has a session."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock = ManualClock()
        self.container = memory_container()
        self.container.clock.override(self.clock)
        self._patch = monkeypatch
        self.services = self.container.services()
        self.services.roles.ensure_admin("zoe", PASSWORD)
        login = self.services.sessions.login(customer_id="zoe", password=PASSWORD)
        self.bearer = f"Bearer {login.context_id}"

    def logout(self) -> str:
        self.services.sessions.logout(self.bearer.removeprefix("Bearer "))
        return self.bearer

    def let_expire(self) -> str:
        self.clock.advance(minutes=48 * 60)
        return self.bearer

    def fail(self, error: Exception) -> str:
        def find(*_: Any) -> Any:
            raise error

        self._patch.setattr(self.container.storage().sessions, "find", find)
        return self.bearer


CASES: Final[Mapping[str, Callable[[Shop], str]]] = {
    "live": lambda shop: shop.bearer,
    "lower case": lambda shop: shop.bearer.replace("Bearer ", "bearer  "),
    "revoked": Shop.logout,
    "expired": Shop.let_expire,
    "unknown": lambda _: f"Bearer {'A' * 43}.zoe",
    "malformed": lambda _: "Bearer x",
    "empty": lambda _: "Bearer ",
    "basic": lambda _: "Basic x",
    "outage": lambda shop: shop.fail(StoreUnavailableError()),
    "fault": lambda shop: shop.fail(StoreFaultError("no right")),
    "bug": lambda shop: shop.fail(ZeroDivisionError()),
}
"""What makes the header Authorization of each case."""


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Shop:
    return Shop(monkeypatch)


def lines_of(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """The log as JSON, without what differs between two equal requests."""
    formatter = JsonFormatter()
    lines = [json.loads(formatter.format(record)) for record in caplog.records]
    for line in lines:
        for name in ("time", "milliseconds", "traceback"):
            line.pop(name, None)
    caplog.clear()
    return lines


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("wanted", ["the-id", "not an id", None])
def test_both_ways_answer_log_and_count_the_same(
    shop: Shop, caplog: pytest.LogCaptureFixture, case: str, wanted: str | None
) -> None:
    caplog.set_level(logging.INFO, logger="cybershop_customer")
    headers = {"HTTP_AUTHORIZATION": CASES[case](shop)}
    if wanted is not None:
        headers["HTTP_X_REQUEST_ID"] = wanted
    quick, slow = Way(shop.container, quick=True), Way(shop.container, quick=False)
    found = []
    for way in (quick, slow):
        caplog.clear()
        status, fields, body = way.ask(**headers)
        logged = lines_of(caplog)
        made = fields["x-request-id"]
        if wanted == "the-id":
            assert made == wanted
        else:
            assert made != wanted
            assert fields["content-length"] == str(len(body))
            body = body.replace(made.encode(), b"the-id")
            fields["content-length"] = str(len(body))
        fields.pop("x-request-id")
        assert {line.pop("request_id") for line in logged} == {made}
        found.append((status, fields, body, logged, way.counts()))

    assert found[0] == found[1]
    assert found[0][0].startswith("200" if case in {"live", "lower case"} else ("4", "5"))
    assert found[0][3][-1]["message"] == "request"
    assert found[0][4]


@pytest.mark.parametrize("headers", UNUSUAL, ids=str)
def test_any_other_request_goes_the_slow_way(headers: dict[str, str | None]) -> None:
    environ = {**USUAL, "HTTP_AUTHORIZATION": "Bearer x"}
    assert QuickCheck.is_usual(environ)
    for name, value in headers.items():
        if value is None:
            del environ[name]
        else:
            environ[name] = value

    assert not QuickCheck.is_usual(environ)


def test_a_refusal_costs_one_read(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    sessions = shop.container.storage().sessions
    find, reads = sessions.find, []
    monkeypatch.setattr(sessions, "find", lambda *key: reads.append(key) or find(*key))

    status, _, _ = Way(shop.container, quick=True).ask(HTTP_AUTHORIZATION=f"Bearer {'A' * 43}.zoe")

    assert (status[:3], len(reads)) == ("401", 1)


def test_a_record_has_all_that_logging_documents() -> None:
    fields = {"request_id": "the-id", "status_code": 200}
    made = RequestRecords().make(logging.INFO, fields)
    usual = logging.getLogger("cybershop_customer.http").makeRecord(
        made.name, logging.INFO, made.pathname, 0, "request", (), None, made.funcName, fields
    )

    assert vars(made).keys() == vars(usual).keys()
    differing = {name for name, value in vars(usual).items() if vars(made)[name] != value}
    assert differing <= {"created", "msecs", "relativeCreated"}
    for name in differing:
        assert 0 <= vars(usual)[name] - vars(made)[name] < 1000 or name == "msecs"


def test_a_record_factory_of_the_program_is_used() -> None:
    class Record(logging.LogRecord):
        """The program's own."""

    before = logging.getLogRecordFactory()
    logging.setLogRecordFactory(Record)
    try:
        made = RequestRecords().make(logging.INFO, {"request_id": "the-id"})
    finally:
        logging.setLogRecordFactory(before)

    assert isinstance(made, Record)
    assert vars(made)["request_id"] == "the-id"


@given(st.text(), st.text(), st.integers() | st.floats(allow_nan=False, allow_infinity=False))
def test_a_line_is_the_same_json_as_before(message: str, source: str, number: float) -> None:
    record = logging.LogRecord("name", logging.INFO, "path", 1, "%s", (message,), None)
    vars(record).update(source=source, milliseconds=number, customer_id=None)

    line = JsonFormatter().format(record)

    moment = datetime.fromtimestamp(record.created, UTC)
    assert line == json.dumps(
        {
            "time": rfc3339(moment),
            "level": "INFO",
            "logger": "name",
            "message": message,
            "milliseconds": number,
            "source": source,
        }
    )
