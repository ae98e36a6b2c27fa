"""docs/aws-lambda.md says what the code does."""

import re
from typing import Final

from support.aws_lambda.authorizer_harness import AuthorizerHarness
from support.aws_lambda.gateway_events import http_api_2_0
from support.repository.checkout import ROOT

from cybershop_customer import RefusalReason
from cybershop_customer.entrypoints.aws_lambda.settings import AUTHORIZER_SETTINGS

PAGE: Final = (ROOT / "docs" / "aws-lambda.md").read_text(encoding="utf-8")


def shown(default: object) -> str:
    if default is None:
        return "none"
    text = str(default).lower() if isinstance(default, bool) else str(default)
    return f"`{text}`" if text else "empty"


def test_the_settings_are_those_of_the_code() -> None:
    rows = re.findall(r"^\| `(CUSTOMER_\w+)` \| ([^|]+) \| ([^|]+) \|$", PAGE, re.MULTILINE)

    assert rows == [
        (its.variable, shown(its.default), its.meaning) for its in AUTHORIZER_SETTINGS.values()
    ]


def test_the_identity_is_that_of_the_code() -> None:
    section = PAGE.partition("## What your function gets")[2].partition("\n##")[0]
    harness = AuthorizerHarness()

    context = harness.call(http_api_2_0, harness.open_session())["context"]

    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == [*context]


def test_the_refusals_are_those_of_the_code() -> None:
    (words,) = re.findall(r"has `refusal`: (.*)\. An", PAGE)

    assert set(re.findall(r"`(\w+)`", words)) == {*RefusalReason, "forbidden"}
