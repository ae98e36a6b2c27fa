"""What holds of every answer of the service, whatever was asked."""

import json

import pytest
from support.http.api import Answer, Api
from support.http.customer_api import add
from support.http.every_answer import ADMIN_PASSWORD, every_answer, paths_of
from support.http.transports import in_process, over_waitress

from cybershop_customer.entrypoints.container import make_container
from cybershop_customer.entrypoints.http.app import create_app
from cybershop_customer.entrypoints.settings import Settings

JSON = {"application/json", "application/problem+json"}


@pytest.fixture(params=[in_process, over_waitress], ids=["in-process", "waitress"], scope="module")
def answers(request: pytest.FixtureRequest) -> list[Answer]:
    """The answers of every route to every method, with and without a session and a message."""
    container = make_container(Settings.demo_from_environ({}))
    container.roles().ensure_admin("admin", ADMIN_PASSWORD)
    with request.param(create_app(container.services())) as send:
        api = Api(send)
        add(api, "zoe")
        return list(every_answer(api, paths_of(container)))


def test_there_is_every_kind_of_answer(answers: list[Answer]) -> None:
    assert {200, 400, 401, 403, 404, 405} <= {answer.status for answer in answers}


def test_a_body_is_of_the_type_that_the_answer_says(answers: list[Answer]) -> None:
    """OWASP ASVS 5.0, 4.1.1. JSON is UTF-8 and has no parameter charset (RFC 8259, 8.1 and 11)."""
    with_body = [answer for answer in answers if answer.body]
    assert with_body
    for answer in with_body:
        assert answer.headers["content-type"] in JSON, answer
        assert isinstance(json.loads(answer.body.decode("utf-8")), dict), answer


def test_no_answer_is_kept_or_sniffed(answers: list[Answer]) -> None:
    """OWASP ASVS 5.0, 14.2.2 and 14.3.2."""
    for answer in answers:
        assert answer.headers["cache-control"] == "no-store", answer
        assert answer.headers["x-content-type-options"] == "nosniff", answer


def test_no_answer_stores_anything_in_a_browser(answers: list[Answer]) -> None:
    """OWASP ASVS 5.0, 14.3.1 and 14.3.3: the service sets no cookie and sends no script."""
    assert not [answer for answer in answers if "set-cookie" in answer.headers]


def test_no_answer_redirects(answers: list[Answer]) -> None:
    """OWASP ASVS 5.0, 4.1.2: a client that speaks plain HTTP by mistake must notice it."""
    assert not [answer for answer in answers if 300 <= answer.status < 400]


def test_no_answer_names_the_software(answers: list[Answer]) -> None:
    for answer in answers:
        assert {"server", "x-powered-by"}.isdisjoint(answer.headers), answer
