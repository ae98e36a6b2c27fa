"""The answers to callers when the store or another part of the service fails."""

import logging
from collections.abc import Callable
from dataclasses import replace

import pytest
from support.doubles.failing_port import FailingPort
from support.http.api import Answer, Api
from support.http.customer_api import BASE, PASSWORD, a_message, the_problem

from cybershop_customer import StoreFaultError, StoreUnavailableError
from cybershop_customer.entrypoints.container import Container

LOGIN = {"customer_id": "zoe", "password": PASSWORD}
SECRET = "planted: arn:aws:dynamodb:eu-central-1"


@pytest.fixture
def login_with_broken_store(
    container: Container, serve: Callable[[], Api]
) -> Callable[[Exception], Answer]:
    """Log in while the session repository raises an error."""

    def log_in(error: Exception) -> Answer:
        storage = replace(container.storage(), sessions=FailingPort(error))
        container.storage.override(storage)
        return serve().put(f"{BASE}/login", LOGIN)

    return log_in


@pytest.mark.parametrize(
    "error",
    [RuntimeError(SECRET), RecursionError(SECRET), OSError(SECRET)],
)
def test_an_unexpected_error_is_described_only_in_the_log(
    login_with_broken_store: Callable[[Exception], Answer],
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    answer = login_with_broken_store(error)

    problem = the_problem(answer, 500, "internal-error")
    assert problem.keys() == {"type", "title", "status", "detail", "request_id"}
    assert SECRET not in answer.body.decode()
    assert type(error).__name__ not in answer.body.decode()
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert vars(record)["request_id"] == problem["request_id"]
    assert record.exc_info
    assert record.exc_info[1] is error


def test_a_store_fault_is_described_only_in_the_log_and_without_a_trace(
    login_with_broken_store: Callable[[Exception], Answer], caplog: pytest.LogCaptureFixture
) -> None:
    answer = login_with_broken_store(StoreFaultError(SECRET))

    problem = the_problem(answer, 500, "internal-error")
    assert SECRET not in answer.body.decode()
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert vars(record)["request_id"] == problem["request_id"]
    assert record.message == f"the request failed: {SECRET}"
    assert record.exc_info is None


@pytest.mark.parametrize("outcome_known", [True, False])
def test_an_unavailable_store_gives_503_with_retry_after(
    login_with_broken_store: Callable[[Exception], Answer],
    outcome_known: bool,
) -> None:
    answer = login_with_broken_store(StoreUnavailableError(7, outcome_known=outcome_known))

    problem = the_problem(answer, 503, "store-unavailable")
    assert answer.headers["retry-after"] == "7"
    assert ("unknown" in problem["detail"]) is not outcome_known


def test_the_service_serves_the_next_request_after_an_error(
    container: Container, serve: Callable[[], Api]
) -> None:
    container.email_syntax.override(FailingPort(RuntimeError()))
    api = serve()

    the_problem(api.post(f"{BASE}/", a_message("zoe")), 500, "internal-error")
    assert api.get("/livez").status == 200


def test_the_log_of_an_error_does_not_contain_the_password(
    container: Container, serve: Callable[[], Api], caplog: pytest.LogCaptureFixture
) -> None:
    container.password_hasher.override(FailingPort(RuntimeError("broken")))
    api = serve()

    the_problem(api.post(f"{BASE}/", a_message("zoe")), 500, "internal-error")
    assert "RuntimeError: broken" in caplog.text
    assert PASSWORD not in caplog.text


class TestHealth:
    def test_it_is_alive_and_ready(self, api: Api) -> None:
        for path in ("/livez", "/livez/", "/readyz", "/readyz/"):
            answer = api.get(path)
            assert (answer.status, answer.headers["content-type"]) == (200, "application/json")

    @pytest.mark.parametrize("error", [StoreUnavailableError(5), StoreFaultError(SECRET)])
    def test_it_is_alive_but_not_ready_without_its_store(
        self, container: Container, serve: Callable[[], Api], error: Exception
    ) -> None:
        container.storage.override(replace(container.storage(), probe=FailingPort(error)))
        api = serve()

        answer = api.get("/readyz")

        the_problem(answer, 503, "store-unavailable")
        assert answer.headers["retry-after"] == "5"
        assert SECRET not in answer.body.decode()
        assert api.get("/livez").status == 200
