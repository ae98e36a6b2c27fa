"""``config`` says what is set, and from where, and shows no secret."""

import json
from typing import Any

import pytest
from support.services.operator import Operator

from cybershop_customer.entrypoints.settings import DEMO_ADMIN_PASSWORD, SETTINGS

SECRET = "0123456789abcdef0123456789ABCDEF"


@pytest.fixture
def operator(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Operator:
    operator = Operator(monkeypatch, capsys)
    operator.sets(CUSTOMER_STORAGE="sqlite")
    return operator


def config(operator: Operator, *arguments: str) -> dict[str, tuple[Any, str]]:
    ran = operator.runs("config", "--json", *arguments)
    assert ran.status == 0, ran
    return {row["name"]: (row["value"], row["source"]) for row in json.loads(ran.out)}


def test_each_setting_has_a_value_and_a_source(operator: Operator) -> None:
    operator.sets(CUSTOMER_PORT="8080", CUSTOMER_UNIQUE_EMAIL="false", CUSTOMER_THREADS="")
    found = config(operator)

    assert [*found] == [entry.variable for entry in SETTINGS.values()]
    assert found["CUSTOMER_PORT"] == ("8080", "environment")
    assert found["CUSTOMER_UNIQUE_EMAIL"] == ("false", "environment")
    assert found["CUSTOMER_THREADS"] == ("8", "default")
    assert found["CUSTOMER_SESSION_EXTEND"] == ("true", "default")
    assert found["CUSTOMER_ADMIN_ID"] == (None, "default")
    assert [*config(operator, "--set")] == [
        "CUSTOMER_PORT",
        "CUSTOMER_STORAGE",
        "CUSTOMER_UNIQUE_EMAIL",
    ]


def test_the_demo_has_its_own_values(operator: Operator) -> None:
    operator.lacks("CUSTOMER_STORAGE")
    found = config(operator, "--demo")

    assert found["CUSTOMER_STORAGE"] == ("memory", "demo")
    assert found["CUSTOMER_ADMIN_PASSWORD"] == ("********", "demo")
    assert found["CUSTOMER_PORT"] == ("30000", "default")
    operator.sets(CUSTOMER_ADMIN_ID="boss", CUSTOMER_ADMIN_PASSWORD="winter is over")
    assert config(operator, "--demo")["CUSTOMER_ADMIN_ID"] == ("boss", "environment")


@pytest.mark.parametrize("arguments", [(), ("--json",), ("--demo",), ("--set",)])
def test_no_secret_is_shown(operator: Operator, arguments: tuple[str, ...]) -> None:
    for entry in SETTINGS.values():
        if entry.secret:
            operator.sets(**{entry.variable: SECRET})
    operator.sets(
        CUSTOMER_SMTP_URL=f"smtp://user:{SECRET}@mail.shop.example",
        # This one is refused.
        CUSTOMER_DYNAMODB_ENDPOINT=f"http://user:{SECRET}@127.0.0.1:8000",
    )

    ran = operator.runs("config", *arguments)

    assert ran.status == 2
    assert "CUSTOMER_DYNAMODB_ENDPOINT must be a URL" in ran.err
    assert "(not valid)" in ran.out
    assert "********" in ran.out
    for secret in (SECRET, DEMO_ADMIN_PASSWORD):
        assert secret not in ran.out + ran.err


def test_settings_that_are_wrong_are_shown_and_explained(operator: Operator) -> None:
    operator.sets(CUSTOMER_PORT="abc", CUSTOMER_THREDS="9")

    ran = operator.runs("config")

    assert ran.status == 2
    assert "CUSTOMER_PORT\t(not valid)\tenvironment\n" in ran.out
    assert "CUSTOMER_THREADS\t8\tdefault\n" in ran.out
    assert "CUSTOMER_PORT must be a whole number" in ran.err
    assert "CUSTOMER_THREDS is not a setting; did you mean CUSTOMER_THREADS?" in ran.err


def test_it_needs_no_aws(operator: Operator) -> None:
    operator.lacks("CUSTOMER_STORAGE")

    assert config(operator)["CUSTOMER_STORAGE"] == ("dynamodb", "default")
