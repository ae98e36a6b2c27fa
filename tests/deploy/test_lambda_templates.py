"""The templates of ``deploy/lambda`` protect an API as docs/aws-lambda.md promises.

``make lint`` checks that CloudFormation and SAM understand them.
"""

import json
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import pytest
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse
from support.aws_lambda.authorizer_harness import AuthorizerHarness
from support.aws_lambda.gateway_events import http_api_2_0, rest_api_request
from support.dynamodb.cloudformation import load_template
from support.dynamodb.stub_store import stub_store
from support.http.session_replies import CONTEXT_ID
from support.repository.checkout import ROOT

from cybershop_customer import (
    CheckerUnavailableError,
    CustomerServiceError,
    ForbiddenError,
    RefusalReason,
    SessionRefusedError,
)
from cybershop_customer.entrypoints.aws_lambda.composition import CALL_LIMITS
from cybershop_customer.entrypoints.aws_lambda.settings import AUTHORIZER_SETTINGS
from cybershop_customer.entrypoints.middleware.reply import problem_reply

FOLDER: Final = ROOT / "deploy" / "lambda"
HTTP: Final = load_template(FOLDER / "http-api.yaml")
REST: Final = load_template(FOLDER / "rest-api.yaml")
BOTH: Final = pytest.mark.parametrize("template", [HTTP, REST], ids=["http", "rest"])
FUNCTIONS: Final = ["AuthorizerFunction", "AdminAuthorizerFunction"]


def authorizers(template: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = template["Resources"]["Api"]["Properties"]["Auth"]["Authorizers"]
    return found


def test_both_have_the_same_functions() -> None:
    assert HTTP["Parameters"] == REST["Parameters"]
    assert HTTP["Globals"] == REST["Globals"]
    for name in FUNCTIONS:
        assert HTTP["Resources"][name] == REST["Resources"][name]


@BOTH
class TestFunction:
    def test_has_the_handler(self, template: dict[str, Any]) -> None:
        for name in FUNCTIONS:
            handler = template["Resources"][name]["Properties"]["Handler"]
            module, _, function = handler.rpartition(".")
            spec = find_spec(module)
            assert spec is not None
            assert function in Path(str(spec.origin)).read_text(encoding="utf-8")

    def test_has_only_the_rights_of_a_session_checker(self, template: dict[str, Any]) -> None:
        for name in FUNCTIONS:
            properties = template["Resources"][name]["Properties"]
            assert properties["Policies"] == [{"!Ref": "SessionCheckerPolicyArn"}]
            assert "Role" not in properties

    def test_sets_variables_that_exist(self, template: dict[str, Any]) -> None:
        known = {its.variable for its in AUTHORIZER_SETTINGS.values()}
        variables = {**template["Globals"]["Function"]["Environment"]["Variables"]}
        for name in FUNCTIONS:
            own = template["Resources"][name]["Properties"].get("Environment", {})
            variables |= own.get("Variables", {})
        assert variables.keys() <= known
        assert variables["CUSTOMER_AUTHORIZER_ROLE"] == "admin"

    def test_has_the_time_for_two_calls_of_the_store(self, template: dict[str, Any]) -> None:
        for name in FUNCTIONS:
            timeout = template["Resources"][name]["Properties"]["Timeout"]
            assert 2 * CALL_LIMITS.time_limit < timeout <= 10


@BOTH
class TestApi:
    def test_keeps_no_answer(self, template: dict[str, Any]) -> None:
        for authorizer in authorizers(template).values():
            assert authorizer["Identity"] == {"Headers": ["Authorization"], "ReauthorizeEvery": 0}

    def test_protects_a_new_route(self, template: dict[str, Any]) -> None:
        auth = template["Resources"]["Api"]["Properties"]["Auth"]
        assert auth["DefaultAuthorizer"] == "Customer"
        assert authorizers(template)["Customer"]["FunctionArn"] == {
            "!GetAtt": "AuthorizerFunction.Arn"
        }

    def test_lets_only_admins_to_the_other(self, template: dict[str, Any]) -> None:
        events = template["Resources"]["IdentityFunction"]["Properties"]["Events"]
        assert events["Admin"]["Properties"]["Auth"] == {"Authorizer": "Admin"}
        assert authorizers(template)["Admin"]["FunctionArn"] == {
            "!GetAtt": "AdminAuthorizerFunction.Arn"
        }


def transformed(name: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The template as AWS makes it of SAM's: the transform is AWS's own."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    text = (FOLDER / name).read_text(encoding="utf-8")
    template = yaml_parse(text.replace("CodeUri: build/", "CodeUri: s3://bucket/key"))
    loader = SimpleNamespace(load=dict)  # of the managed policies, by IAM
    resources: dict[str, Any] = transform(template, {}, loader)["Resources"]
    return resources


class TestWhatSAMMakesOfIt:
    @pytest.mark.parametrize("name", ["http-api.yaml", "rest-api.yaml"])
    def test_every_route_has_its_authorizer_and_no_answer_is_kept(
        self, name: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        body = transformed(name, monkeypatch)["Api"]["Properties"]["Body"]

        security = {path: it["get"]["security"] for path, it in body["paths"].items()}
        assert security == {"/me": [{"Customer": []}], "/admin": [{"Admin": []}]}
        schemes = body.get("securityDefinitions") or body["components"]["securitySchemes"]
        for scheme in schemes.values():
            authorizer = scheme["x-amazon-apigateway-authorizer"]
            assert authorizer["type"] == "request"
            assert authorizer["authorizerResultTtlInSeconds"] == 0
            assert "request.header.Authorization" in str(authorizer["identitySource"])
            if name == "http-api.yaml":
                assert authorizer["authorizerPayloadFormatVersion"] == "2.0"
                assert authorizer["enableSimpleResponses"] is True

    @pytest.mark.parametrize("name", ["http-api.yaml", "rest-api.yaml"])
    def test_the_role_has_two_policies(self, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        resources = transformed(name, monkeypatch)

        for function in FUNCTIONS:
            role = resources[f"{function}Role"]["Properties"]
            logs, checker = role["ManagedPolicyArns"]
            assert "AWSLambdaBasicExecutionRole" in str(logs)
            assert checker == {"Ref": "SessionCheckerPolicyArn"}
            assert "Policies" not in role


class TestIdentityFunction:
    """The context reaches the function as the guide says: "Work with AWS Lambda proxy
    integrations for HTTP APIs", and "Lambda proxy integrations in API Gateway"."""

    def answered(self, template: dict[str, Any], authorizer: dict[str, Any]) -> Any:
        code = template["Resources"]["IdentityFunction"]["Properties"]["InlineCode"]
        module: dict[str, Any] = {}
        exec(code, module)
        answer = module["handler"]({"requestContext": {"authorizer": authorizer}}, None)
        return json.loads(answer["body"])

    def test_of_the_http_api_gets_the_identity(self) -> None:
        harness = AuthorizerHarness()
        context = harness.call(http_api_2_0, harness.open_session("admin"))["context"]
        assert self.answered(HTTP, {"lambda": context})["roles"] == "admin"

    def test_of_the_rest_api_gets_the_identity(self) -> None:
        harness = AuthorizerHarness()
        answer = harness.call(rest_api_request, harness.open_session("admin"))
        authorizer = {"principalId": answer["principalId"], **answer["context"]}
        assert self.answered(REST, authorizer)["customer_id"] == "zoe"


@pytest.mark.parametrize(
    ("response", "error"),
    [
        ("UNAUTHORIZED", SessionRefusedError(RefusalReason.MISSING)),
        ("ACCESS_DENIED", ForbiddenError("admin")),
        ("AUTHORIZER_FAILURE", CheckerUnavailableError(5)),
        ("AUTHORIZER_CONFIGURATION_ERROR", CheckerUnavailableError(5)),
    ],
)
def test_the_problems_of_the_rest_api_are_those_of_the_service(
    response: str, error: CustomerServiceError
) -> None:
    given = REST["Resources"]["Api"]["Properties"]["GatewayResponses"][response]
    body = json.loads(given["ResponseTemplates"]["application/json"])
    headers = {
        name: re.fullmatch("'(.*)'", value)[1]  # type: ignore[index]
        for name, value in given["ResponseParameters"]["Headers"].items()
    }

    reply = problem_reply(error)

    assert given["StatusCode"] == body["status"] == reply.status
    expected = json.loads(reply.body)
    assert {body[name] == expected[name] for name in ("type", "title")} == {True}
    own = {"X-Content-Type-Options", "X-Request-ID"}
    assert headers == {name: value for name, value in reply.headers.items() if name not in own}


@pytest.mark.slow
def test_the_built_folder_has_all_that_the_function_needs(tmp_path: Path) -> None:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    build = tmp_path / "build"
    environ = {"PYTHON": sys.executable, "RUNTIME": version, "BUILD": str(build)}
    subprocess.run([FOLDER / "build.sh"], env={**os.environ, **environ}, check=True)
    code = (
        "import sys, json; sys.path.insert(0, sys.argv[1])\n"
        "from cybershop_customer.entrypoints.aws_lambda.handler import authorize\n"
        "print(json.dumps(authorize(json.loads(sys.argv[2]))))"
    )
    event = json.dumps(http_api_2_0(f"Bearer {CONTEXT_ID}"))

    with stub_store() as store:
        ran = subprocess.run(
            # Neither the installed packages nor the folder of the tests.
            [sys.executable, "-I", "-S", "-c", code, str(build), event],
            env={"CUSTOMER_DYNAMODB_ENDPOINT": store.url, "AWS_DEFAULT_REGION": "eu-central-1"},
            capture_output=True,
            text=True,
            check=True,
        )

    assert json.loads(ran.stdout)["context"] == {"refusal": "unknown"}
    assert sorted(
        path.name for path in (build / "botocore" / "data").iterdir() if path.is_dir()
    ) == ["dynamodb"]
    size = sum(path.stat().st_size for path in build.rglob("*") if path.is_file())
    assert size < 25e6
