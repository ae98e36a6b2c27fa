"""Every request has an id: in the answer, in a problem, and in the log."""

import logging
import os
from uuid import UUID

import pytest
from support.http.api import Api
from support.http.customer_api import BASE, PASSWORD, add, log_in, the_problem

from cybershop_customer.entrypoints.http import request_id

GIVEN = "The-callers.id_1"


@pytest.fixture(autouse=True)
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG, "cybershop_customer")
    return caplog


def the_line(log: pytest.LogCaptureFixture) -> dict[str, object]:
    """The log line of the one request made so far."""
    (record,) = [record for record in log.records if record.getMessage() == "request"]
    return vars(record)


def test_the_callers_id_is_used(api: Api, log: pytest.LogCaptureFixture) -> None:
    answer = api.get("/livez", headers={"X-Request-ID": GIVEN})

    assert answer.headers["x-request-id"] == GIVEN
    assert the_line(log)["request_id"] == GIVEN


OTHERS = ["", " ", "a b", "a,b", '"', "a" * 65, "\xe9", "<b>", "{}", f"{'s' * 43}.zoe"]
"""The last one looks like a context_id, which the log must not contain."""


@pytest.mark.parametrize("given", OTHERS)
def test_an_id_of_another_form_is_replaced(
    api: Api, log: pytest.LogCaptureFixture, given: str
) -> None:
    answer = api.get("/livez", headers={"X-Request-ID": given})

    assert UUID(answer.headers["x-request-id"]).version == 4
    assert the_line(log)["request_id"] == answer.headers["x-request-id"]


def test_each_request_without_an_id_gets_one(api: Api) -> None:
    assert len({api.get("/livez").headers["x-request-id"] for _ in range(3)}) == 3


def test_a_process_that_was_forked_without_pythons_hooks_makes_ids_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    inherited = request_id._RANDOM.get()
    state = inherited.getstate()
    parents = {request_id.request_id(None) for _ in range(3)}
    inherited.setstate(state)
    monkeypatch.setattr(os, "getpid", lambda: -1)

    assert parents.isdisjoint({request_id.request_id(None) for _ in range(3)})


@pytest.mark.parametrize("method", ["GET", "BREW", "WEBSOCKET"])
def test_a_problem_names_its_request(api: Api, log: pytest.LogCaptureFixture, method: str) -> None:
    answer = api.request(method, "/nowhere", headers={"X-Request-ID": GIVEN})

    assert answer.json["request_id"] == GIVEN
    assert the_line(log)["request_id"] == GIVEN


def test_the_log_line_has_the_request_and_its_status(
    api: Api, log: pytest.LogCaptureFixture
) -> None:
    the_problem(api.get(f"{BASE}/zoe/log?limit=3"), 401, "session-refused")

    line = the_line(log)
    assert line["levelname"] == "INFO"
    assert line["method"] == "GET"
    assert line["route"] == "/api/v1/customer/{customer_id}/log"
    assert line["status_code"] == 401
    assert line["problem"] == "session-refused"
    assert isinstance(line["milliseconds"], float)


def test_the_log_contains_nothing_that_callers_send(
    api: Api, log: pytest.LogCaptureFixture
) -> None:
    add(api, "zoe", fname="planted-name")
    context_id = log_in(api, "zoe")
    api.put(f"{BASE}/login", {"email": "planted@shop.example", "password": "planted-password"})
    api.get(f"{BASE}/session?context_id={context_id}", bearer=context_id)
    api.get("/planted-path?planted-query", headers={"X-Planted": "planted-header"})
    api.request("PLANTED-METHOD", BASE, body=b"planted-body", bearer="planted-bearer")

    # waitress may also log how many requests wait.
    ours = [record for record in log.records if record.name.startswith("cybershop_customer")]
    assert len(ours) == 6
    text = "\n".join(str(vars(record)) for record in log.records).lower()
    for secret in ("planted", PASSWORD, context_id.lower()):
        assert secret not in text
