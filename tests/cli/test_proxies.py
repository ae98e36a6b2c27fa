"""A loopback endpoint is reached without a proxy, even if HTTP_PROXY is set."""

from collections.abc import Iterator

import pytest
from support.dynamodb.stub_endpoint import reply, stub_endpoint
from support.dynamodb.stub_store import stub_store
from support.http.recording_proxy import RecordingProxy, recording_proxy
from support.services.operator import Operator

from cybershop_customer import CheckerUnavailableError, SessionRefusedError
from cybershop_customer.entrypoints.session_checkers import (
    dynamodb_session_checker,
    http_session_checker,
)

VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")
CONTEXT_ID = 43 * "x" + ".zoe"
IDENTITY = (
    b"<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:sts::1:x</Arn>"
    b"</GetCallerIdentityResult></GetCallerIdentityResponse>"
)


@pytest.fixture
def proxy(operator: Operator) -> Iterator[RecordingProxy]:
    with recording_proxy() as proxy:
        operator.lacks("NO_PROXY", "no_proxy")
        operator.sets(**dict.fromkeys(VARIABLES, proxy.url))
        yield proxy


@pytest.fixture
def operator(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Operator:
    return Operator(monkeypatch, capsys)


@pytest.mark.parametrize("variable", ["CUSTOMER_DYNAMODB_ENDPOINT", "AWS_ENDPOINT_URL_DYNAMODB"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_every_command_reaches_a_loopback_endpoint_directly(
    operator: Operator, proxy: RecordingProxy, variable: str, host: str
) -> None:
    with stub_store() as server, stub_endpoint(reply(200, IDENTITY)) as sts:
        operator.sets(
            **{variable: server.url.replace("127.0.0.1", host)},
            AWS_ENDPOINT_URL_STS=sts.url,
            AWS_DEFAULT_REGION="eu-central-1",
            AWS_ACCESS_KEY_ID="AKIA",
            AWS_SECRET_ACCESS_KEY="secret",
        )
        assert operator.runs("doctor").status == 0
        assert operator.runs("tables", "check").status == 0
        assert operator.runs("role", "grant", "zoe").err.endswith("there is no customer 'zoe'\n")

    assert proxy.asked == []


def test_the_checker_of_other_services_does_too(operator: Operator, proxy: RecordingProxy) -> None:
    with (
        stub_store() as server,
        dynamodb_session_checker(server.url) as checker,
        pytest.raises(SessionRefusedError),
    ):
        checker.check_session(CONTEXT_ID)

    assert proxy.asked == []


def test_tls_on_loopback_is_not_tunnelled(operator: Operator, proxy: RecordingProxy) -> None:
    operator.sets(CUSTOMER_DYNAMODB_ENDPOINT="https://127.0.0.1:1")

    assert operator.runs("tables", "check").status == 1

    assert proxy.asked == []


@pytest.mark.parametrize(
    ("endpoint", "asked"),
    [
        ("http://db.example:8000", "POST http://db.example:8000/ HTTP/1.1"),
        ("https://db.example", "CONNECT db.example:443 HTTP/1.1"),
    ],
)
def test_another_endpoint_is_reached_through_the_proxy(
    operator: Operator, proxy: RecordingProxy, endpoint: str, asked: str
) -> None:
    operator.sets(
        CUSTOMER_DYNAMODB_ENDPOINT=endpoint,
        AWS_DEFAULT_REGION="eu-central-1",
        AWS_ACCESS_KEY_ID="AKIA",
        AWS_SECRET_ACCESS_KEY="secret",
    )

    assert operator.runs("tables", "check").status == 1

    assert {line.replace("HTTP/1.0", "HTTP/1.1") for line in proxy.asked} == {asked}


def test_the_checker_over_http_uses_no_proxy_at_all(
    operator: Operator, proxy: RecordingProxy
) -> None:
    with (
        http_session_checker("http://shop.invalid:30000") as checker,
        pytest.raises(CheckerUnavailableError),
    ):
        checker.check_session(CONTEXT_ID)

    assert proxy.asked == []
