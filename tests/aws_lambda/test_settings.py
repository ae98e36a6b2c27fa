"""The environment variables of the function."""

import pytest

from cybershop_customer import SettingsError
from cybershop_customer.entrypoints.aws_lambda.settings import (
    AUTHORIZER_SETTINGS,
    AuthorizerSettings,
)
from cybershop_customer.entrypoints.settings import SETTINGS


def faults(**environ: str) -> dict[str, str]:
    with pytest.raises(SettingsError) as raised:
        AuthorizerSettings.from_environ(environ)
    return {fault.field: fault.detail for fault in raised.value.faults}


def test_all_have_defaults() -> None:
    assert AuthorizerSettings.from_environ({}) == AuthorizerSettings()


def test_an_empty_variable_is_not_set() -> None:
    environ = {its.variable: "" for its in AUTHORIZER_SETTINGS.values()}

    assert AuthorizerSettings.from_environ(environ) == AuthorizerSettings()


def test_are_read() -> None:
    settings = AuthorizerSettings.from_environ(
        {
            "AWS_LAMBDA_FUNCTION_NAME": "authorizer",
            "CUSTOMER_TABLE_PREFIX": "prod-",
            "CUSTOMER_DYNAMODB_ENDPOINT": "http://127.0.0.1:8000",
            "CUSTOMER_SESSION_MAX_SECONDS": "3600",
            "CUSTOMER_SESSION_FEED_SHARDS": "4",
            "CUSTOMER_AUTHORIZER_ROLE": "admin",
            "CUSTOMER_AUTHORIZER_MAX_AGE_SECONDS": "0",
            "CUSTOMER_AUTHORIZER_FOLLOW_FEED": "true",
        }
    )

    assert settings == AuthorizerSettings(
        table_prefix="prod-",
        dynamodb_endpoint="http://127.0.0.1:8000",
        session_max_seconds=3600,
        session_feed_shards=4,
        authorizer_role="admin",
        authorizer_max_age_seconds=0,
        authorizer_follow_feed=True,
    )


def test_every_fault_is_named() -> None:
    found = faults(
        CUSTOMER_AUTHORIZER_ROLE="Admin!",
        CUSTOMER_AUTHORIZER_MAX_AGE_SECONDS="-1",
        CUSTOMER_AUTHORIZER_FOLLOW_FEED="yes",
        CUSTOMER_TABLE_PREFIX="a/b",
    )

    assert sorted(found) == [
        "CUSTOMER_AUTHORIZER_FOLLOW_FEED",
        "CUSTOMER_AUTHORIZER_MAX_AGE_SECONDS",
        "CUSTOMER_AUTHORIZER_ROLE",
        "CUSTOMER_TABLE_PREFIX",
    ]
    assert found["CUSTOMER_AUTHORIZER_MAX_AGE_SECONDS"] == "must be a whole number from 0 to 60"


def test_a_misspelt_role_does_not_leave_the_api_open() -> None:
    assert (
        "CUSTOMER_AUTHORIZER_ROLE"
        in faults(CUSTOMER_AUTHORIZER_ROLES="admin")["CUSTOMER_AUTHORIZER_ROLES"]
    )


@pytest.mark.parametrize("name", ["table_prefix", "dynamodb_endpoint", "session_max_seconds"])
def test_those_of_the_service_take_the_same_values(name: str) -> None:
    own, services = AUTHORIZER_SETTINGS[name], SETTINGS[name]

    assert own.variable == services.variable
    for text in ("", "0", "60", "59", "2592000", "2592001", "prod-", "http://x:1", "a b"):
        assert outcome(own.read, text) == outcome(services.read, text)


def outcome(read: object, text: str) -> object:
    try:
        return read(text)  # type: ignore[operator]
    except ValueError as error:
        return str(error)
