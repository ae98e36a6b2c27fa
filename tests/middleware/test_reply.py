"""An error as an answer for any framework."""

import json
import logging
from uuid import UUID

import pytest

from cybershop_customer import (
    CheckerUnavailableError,
    FieldFault,
    ForbiddenError,
    InvalidInputError,
    StoreFaultError,
)
from cybershop_customer.entrypoints.middleware.reply import problem_reply


def test_an_answer_is_complete_except_for_its_length() -> None:
    reply = problem_reply(ForbiddenError("admin"), "abc")

    assert reply.status == 403
    assert reply.headers == {
        "Content-Type": "application/problem+json",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "X-Request-ID": "abc",
        "WWW-Authenticate": 'Bearer realm="customer", error="insufficient_scope"',
    }
    assert json.loads(reply.body) == {
        "type": "urn:cybershop:customer:problem:role-required",
        "title": "The session lacks a role",
        "status": 403,
        "detail": "This needs the role 'admin'.",
        "role": "admin",
        "request_id": "abc",
    }


@pytest.mark.parametrize("given", [None, "", "a\r\nSet-Cookie: x"])
def test_a_missing_or_malformed_request_id_is_replaced(given: str | None) -> None:
    reply = problem_reply(ForbiddenError("admin"), given)

    assert UUID(reply.headers["X-Request-ID"]).version == 4


def test_every_other_error_of_the_library_has_its_own_answer() -> None:
    reply = problem_reply(InvalidInputError([FieldFault("price", "must be a number")]))

    assert reply.status == 400
    assert json.loads(reply.body)["errors"] == [{"field": "price", "detail": "must be a number"}]


def test_the_log_has_the_cause_of_a_503(
    caplog: pytest.LogCaptureFixture,
) -> None:
    error = CheckerUnavailableError(3)
    error.__cause__ = StoreFaultError("the table is missing")

    reply = problem_reply(error, "abc")

    assert (reply.status, reply.headers["Retry-After"]) == (503, "3")
    assert b"table" not in reply.body
    assert [(record.levelno, record.message) for record in caplog.records] == [
        (logging.WARNING, "unavailable: the table is missing, request_id abc")
    ]


def chained(*errors: Exception) -> CheckerUnavailableError:
    """An error whose causes are ``errors``, the root last."""
    unavailable = CheckerUnavailableError()
    error: Exception = unavailable
    for cause in errors:
        error.__cause__ = cause
        error = cause
    return unavailable


@pytest.mark.parametrize(
    ("causes", "text"),
    [
        ([], "sessions cannot be checked currently"),
        ([CheckerUnavailableError(), OSError("connection refused")], "connection refused"),
        ([CheckerUnavailableError(), TimeoutError()], "TimeoutError"),
        ([ValueError("two\nlines")], "two lines"),
    ],
)
def test_the_log_names_the_root_cause_of_a_503(
    caplog: pytest.LogCaptureFixture, causes: list[Exception], text: str
) -> None:
    problem_reply(chained(*causes), "abc")

    assert caplog.messages == [f"unavailable: {text}, request_id abc"]


def test_a_circle_of_causes_does_not_loop_for_ever(caplog: pytest.LogCaptureFixture) -> None:
    error = CheckerUnavailableError()
    again = OSError("refused")
    error.__cause__, again.__cause__ = again, error

    problem_reply(error, "abc")

    assert caplog.messages == ["unavailable: refused, request_id abc"]


def test_the_log_line_of_an_internal_error_has_the_request_id(
    caplog: pytest.LogCaptureFixture,
) -> None:
    problem_reply(StoreFaultError("the table is missing"), "abc")

    assert caplog.messages == ["fault, request_id abc"]
    assert "the table is missing" in caplog.text


def test_an_error_of_the_caller_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    problem_reply(ForbiddenError("admin"))

    assert caplog.records == []
