"""What the authorizer answers each kind of API, in the form that AWS documents."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from support.aws_lambda.authorizer_harness import AuthorizerHarness, is_refused, passes
from support.aws_lambda.gateway_events import (
    ARN,
    EVERY_API,
    HTTP_APIS,
    REST_APIS,
    MakeEvent,
    http_api_1_0,
    http_api_2_0,
    rest_api_request,
)

from cybershop_customer import CheckerUnavailableError
from cybershop_customer.domain.audit import rfc3339
from cybershop_customer.entrypoints.testkit.clock import START

POLICIES = [http_api_1_0, *REST_APIS]


@pytest.fixture
def harness() -> AuthorizerHarness:
    return AuthorizerHarness()


def policy(effect: str) -> dict[str, Any]:
    statement = {"Effect": effect, "Action": "execute-api:Invoke", "Resource": ARN}
    return {"Version": "2012-10-17", "Statement": [statement]}


class TestLiveSession:
    def test_passes_an_http_api(self, harness: AuthorizerHarness) -> None:
        answer = harness.call(http_api_2_0, harness.open_session("support", "admin"))

        assert answer == {
            "isAuthorized": True,
            "context": {
                "customer_id": "zoe",
                "roles": "admin,support",
                "session_expires_at": rfc3339(START + timedelta(hours=12)),
                "email_verified": False,
            },
        }

    @pytest.mark.parametrize("api", POLICIES)
    def test_passes_an_api_that_expects_a_policy(
        self, harness: AuthorizerHarness, api: MakeEvent
    ) -> None:
        answer = harness.call(api, harness.open_session())

        assert answer["principalId"] == "zoe"
        assert answer["policyDocument"] == policy("Allow")
        assert answer["context"]["roles"] == ""

    @pytest.mark.parametrize("api", EVERY_API)
    def test_has_a_context_of_strings_numbers_and_booleans(
        self, harness: AuthorizerHarness, api: MakeEvent
    ) -> None:
        """A REST API answers 500 to any other type."""
        answer = harness.call(api, harness.open_session("admin"))

        assert {type(value) for value in answer["context"].values()} <= {str, int, bool}
        assert json.loads(json.dumps(answer)) == answer


def no_header(_harness: AuthorizerHarness) -> str | None:
    return None


def unknown(_harness: AuthorizerHarness) -> str:
    return AuthorizerHarness().open_session()


def revoked(harness: AuthorizerHarness) -> str:
    context_id = harness.open_session()
    harness.end_session(context_id)
    return context_id


@pytest.mark.parametrize("given", [no_header, unknown, revoked])
class TestRefusedSession:
    @pytest.mark.parametrize("api", REST_APIS)
    def test_is_a_401_of_a_rest_api(
        self,
        harness: AuthorizerHarness,
        api: MakeEvent,
        given: Callable[[AuthorizerHarness], str | None],
    ) -> None:
        with pytest.raises(Exception, match=r"^Unauthorized$") as raised:
            harness.call(api, given(harness))

        # Lambda prints the chain of errors.
        assert raised.type is Exception
        assert raised.value.__suppress_context__

    @pytest.mark.parametrize("api", HTTP_APIS)
    def test_is_a_403_of_an_http_api(
        self,
        harness: AuthorizerHarness,
        api: MakeEvent,
        given: Callable[[AuthorizerHarness], str | None],
    ) -> None:
        answer = harness.call(api, given(harness))

        assert not passes(answer)
        reasons = {no_header: "missing", unknown: "unknown", revoked: "revoked"}
        assert answer["context"] == {"refusal": reasons[given]}


@pytest.mark.parametrize("api", EVERY_API)
class TestRequiredRole:
    def test_passes_those_who_have_it(self, api: MakeEvent) -> None:
        harness = AuthorizerHarness(role="admin")

        assert passes(harness.call(api, harness.open_session("admin")))

    def test_refuses_the_others(self, api: MakeEvent) -> None:
        harness = AuthorizerHarness(role="admin")

        answer = harness.call(api, harness.open_session("support"))

        assert not passes(answer)
        assert answer["context"] == {"refusal": "forbidden"}
        if "policyDocument" in answer:
            assert answer["policyDocument"] == policy("Deny")


@pytest.mark.parametrize("api", EVERY_API)
class TestOutage:
    def test_is_an_error_which_api_gateway_turns_into_a_500(
        self, harness: AuthorizerHarness, api: MakeEvent
    ) -> None:
        context_id = harness.open_session()
        harness.source.error = CheckerUnavailableError()

        with pytest.raises(CheckerUnavailableError) as raised:
            harness.call(api, context_id)

        assert context_id not in repr(raised.value)

    def test_refuses_a_missing_header_all_the_same(
        self, harness: AuthorizerHarness, api: MakeEvent
    ) -> None:
        harness.source.error = CheckerUnavailableError()

        assert is_refused(harness, api())


def test_the_reason_of_a_refusal_is_not_the_callers_text(harness: AuthorizerHarness) -> None:
    answer = harness.authorizer(http_api_2_0('Bearer "}], "isAuthorized": true'))

    assert answer == {"isAuthorized": False, "context": {"refusal": "malformed"}}


def test_one_environment_serves_both_kinds_of_api(harness: AuthorizerHarness) -> None:
    context_id = harness.open_session()

    assert all(passes(harness.call(api, context_id)) for api in (http_api_2_0, rest_api_request))
    assert len(harness.source.calls) == 1
