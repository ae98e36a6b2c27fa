"""Requests that a client may send, and events that no API Gateway sends: none passes."""

from base64 import b64encode
from typing import Any, Final

import pytest
from support.aws_lambda.authorizer_harness import AuthorizerHarness, is_refused, passes
from support.aws_lambda.gateway_events import (
    EVERY_API,
    MakeEvent,
    http_api_1_0,
    http_api_2_0,
    rest_api_request,
)

from cybershop_customer.entrypoints.aws_lambda.authorizer_event import UnknownEventError, read_event


@pytest.fixture
def harness() -> AuthorizerHarness:
    return AuthorizerHarness()


def headers(live: str) -> list[object]:
    """Values of the header Authorization that do not open the live session."""
    return [
        "",
        " ",
        "Bearer",
        "Bearer ",
        live,
        f"Basic {live}",
        f"Bearer {b64encode(live.encode()).decode()}",
        f"Bearer {live},Bearer {live}",
        f"Bearer {live}, Basic eDp5",
        f"Bearer {live} x",
        f"Bearer {live}\x00",
        f"Bearer {'a' * 8000}.zoe",
        "Bearer ü.zoe",
        7,
        True,
        [f"Bearer {live}"],
        {"Bearer": live},
    ]


@pytest.mark.parametrize("api", EVERY_API)
@pytest.mark.parametrize("position", range(len(headers(""))))
def test_a_wrong_header_is_refused(
    harness: AuthorizerHarness, api: MakeEvent, position: int
) -> None:
    header = headers(harness.open_session())[position]

    assert is_refused(harness, api(header))
    assert not harness.source.calls


class TestSeveralHeaders:
    @pytest.mark.parametrize("order", [1, -1])
    def test_of_a_rest_api_are_refused(self, harness: AuthorizerHarness, order: int) -> None:
        """``headers`` has the last one. Something behind the API may read the first one."""
        live = f"Bearer {harness.open_session()}"
        values = [live, "Bearer other"][::order]
        event = rest_api_request(values[-1])
        event["multiValueHeaders"]["Authorization"] = values

        assert is_refused(harness, event)

    def test_with_the_same_value_are_refused(self, harness: AuthorizerHarness) -> None:
        live = f"Bearer {harness.open_session()}"
        event = rest_api_request(live)
        event["multiValueHeaders"]["Authorization"] = [live, live]

        assert is_refused(harness, event)

    @pytest.mark.parametrize("api", [http_api_2_0, http_api_1_0, rest_api_request])
    def test_in_another_case_are_refused(self, harness: AuthorizerHarness, api: MakeEvent) -> None:
        live = f"Bearer {harness.open_session()}"
        event = api(live)
        event["headers"]["AUTHORIZATION"] = "Bearer other"

        assert is_refused(harness, event)


class TestOtherForms:
    @pytest.mark.parametrize("name", ["authorization", "AUTHORIZATION", "aUthorization"])
    @pytest.mark.parametrize("api", [http_api_2_0, http_api_1_0, rest_api_request])
    def test_the_name_of_the_header_may_have_any_case(
        self, harness: AuthorizerHarness, api: MakeEvent, name: str
    ) -> None:
        event = api()
        event["headers"][name] = f"bearer {harness.open_session()}"
        event.pop("multiValueHeaders", None)

        assert passes(harness.authorizer(event))

    def test_a_header_may_be_in_the_lists_only(self, harness: AuthorizerHarness) -> None:
        event = rest_api_request()
        event["multiValueHeaders"]["Authorization"] = [f"Bearer {harness.open_session()}"]

        assert passes(harness.authorizer(event))

    @pytest.mark.parametrize("headers", [None, [], "Authorization", 7, {"Authorization": None}])
    @pytest.mark.parametrize("api", [http_api_2_0, http_api_1_0, rest_api_request])
    def test_other_types_of_headers_are_no_header(
        self, harness: AuthorizerHarness, api: MakeEvent, headers: object
    ) -> None:
        event = {**api(), "headers": headers, "multiValueHeaders": headers}

        assert is_refused(harness, event)

    @pytest.mark.parametrize("where", ["queryStringParameters", "stageVariables", "cookies"])
    @pytest.mark.parametrize("api", [http_api_2_0, rest_api_request])
    def test_a_bearer_elsewhere_does_not_count(
        self, harness: AuthorizerHarness, api: MakeEvent, where: str
    ) -> None:
        event = {**api(), where: {"Authorization": f"Bearer {harness.open_session()}"}}

        assert is_refused(harness, event)


NO_EVENTS: Final[list[Any]] = [
    None,
    [],
    "event",
    {},
    {"type": "TOKEN"},
    {"type": "TOKEN", "authorizationToken": "Bearer x", "methodArn": "*"},
    {**http_api_2_0(), "version": "3.0"},
    {**http_api_2_0(), "routeArn": None},
    {**rest_api_request(), "methodArn": 7},
    {**rest_api_request(), "type": "COGNITO_USER_POOLS"},
    # The event of an integration, and of a test in the console of Lambda.
    {key: value for key, value in http_api_2_0().items() if key != "type"},
    {"key1": "value1"},
]


@pytest.mark.parametrize("event", NO_EVENTS)
def test_what_is_no_event_of_an_authorizer_is_an_error(
    harness: AuthorizerHarness, event: object
) -> None:
    with pytest.raises(UnknownEventError, match="HTTP API"):
        harness.authorizer(event)


@pytest.mark.parametrize("received", [None, "soon", -1, 0, 10**400, 1.5])
def test_a_strange_time_is_ignored(received: object) -> None:
    event = http_api_2_0()
    event["requestContext"]["timeEpoch"] = received

    assert read_event(event).seconds is None


def test_the_event_shows_no_secret(harness: AuthorizerHarness) -> None:
    live = harness.open_session()

    assert live not in repr(read_event(http_api_2_0(f"Bearer {live}")))
