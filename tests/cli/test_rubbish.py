"""A command whose endpoint sends invalid replies prints one clear sentence and no traceback."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from support.dynamodb.malformed_responses import MALFORMED_RESPONSES
from support.dynamodb.stub_endpoint import hang_up, stay_silent, stub_endpoint
from support.dynamodb.stub_store import Answers, refused, stub_store
from support.http.certificate import self_signed
from support.services.operator import CommandResult, Operator

from cybershop_customer.adapters.dynamodb.call_limits import CallLimits
from cybershop_customer.adapters.dynamodb.provisioning.provisioner import apply_plans

SECRET = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY"
MISSING = {"DescribeTable": refused("ResourceNotFoundException")}
UNPROTECTED = ("--no-point-in-time-recovery", "--no-deletion-protection")
IN_DEPTH = ("a page", "a list", "values of other types", "an error whose name is a list")
ONE_SHORT_ATTEMPT = {
    "CUSTOMER_DYNAMODB_ATTEMPTS": "1",
    "CUSTOMER_DYNAMODB_READ_TIMEOUT_SECONDS": "1",
}
COMMANDS = [
    ("doctor",),
    ("doctor", "--json"),
    ("tables", "check"),
    ("tables", "create", "--yes"),
    ("tables", "delete", "--yes"),
    ("role", "grant", "zoe"),
    ("role", "revoke", "zoe"),
    ("customers", "unlock", "zoe"),
    ("export", "zoe"),
    ("customers", "show", "zoe"),
    ("customers", "list", "--all"),
    ("customers", "find", "zoe@shop.example"),
    ("customers", "delete", "zoe", "--yes"),
    ("sessions", "list", "zoe"),
    ("log", "zoe"),
]
PATHS = [("doctor", "--json"), ("tables", "check"), ("role", "grant", "zoe")]
"""One command for each way to the endpoint. The others differ in what they print or do after it."""


@pytest.fixture
def operator(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Operator:
    # These endpoints answer at once or never.
    short = CallLimits(connect_timeout=1, read_timeout=0.5)
    for module in ("provisioning.provisioner.PROVISIONING_LIMITS", "doctor.checks._LIMITS"):
        monkeypatch.setattr(f"cybershop_customer.adapters.dynamodb.{module}", short)
    return Operator(monkeypatch, capsys)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the commands give up at once on a table that does not appear."""
    monkeypatch.setattr("cybershop_customer.adapters.dynamodb.provisioning.provisioner._POLLS", 1)
    limits = {"on_step": lambda *_: None, "sleep": lambda _: None}
    monkeypatch.setattr(apply_plans, "__kwdefaults__", limits)


def explains(ran: CommandResult) -> None:
    """Assert that the command failed, and that its output says why without a traceback."""
    assert ran.status in (1, 2), ran
    assert "Traceback" not in ran.out + ran.err
    if "checks" in ran.out:
        assert not json.loads(ran.out)["healthy"]
    elif "failed" not in ran.out:
        assert len(ran.err.splitlines()) in (1, 2), ran
        assert ran.err.strip()


@pytest.mark.parametrize(
    ("arguments", "rubbish"),
    [
        pytest.param(arguments, rubbish, id=f"{' '.join(arguments)}-{rubbish}")
        for arguments in COMMANDS
        for rubbish in (MALFORMED_RESPONSES if arguments in PATHS else IN_DEPTH)
    ],
)
def test_an_endpoint_that_answers_rubbish_is_explained(
    operator: Operator, arguments: tuple[str, ...], rubbish: str
) -> None:
    with stub_endpoint(MALFORMED_RESPONSES[rubbish]) as server:
        operator.sets(CUSTOMER_DYNAMODB_ENDPOINT=server.url, CUSTOMER_DYNAMODB_ATTEMPTS="1")
        explains(operator.runs(*arguments))


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_an_endpoint_that_says_nothing_is_explained(
    operator: Operator, arguments: tuple[str, ...]
) -> None:
    with stub_endpoint(stay_silent) as server:
        operator.sets(CUSTOMER_DYNAMODB_ENDPOINT=server.url, **ONE_SHORT_ATTEMPT)
        explains(operator.runs(*arguments))


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_tls_where_none_is_spoken_is_explained(
    operator: Operator, arguments: tuple[str, ...]
) -> None:
    with stub_endpoint(hang_up) as server:
        url = server.url.replace("http:", "https:")
        operator.sets(CUSTOMER_DYNAMODB_ENDPOINT=url, **ONE_SHORT_ATTEMPT)
        explains(operator.runs(*arguments))


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_plain_http_where_tls_is_spoken_is_explained(
    operator: Operator,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    arguments: tuple[str, ...],
) -> None:
    context, _ = self_signed(tmp_path)
    with stub_endpoint(hang_up) as server:
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        # The handshake fails, and the server would print that.
        monkeypatch.setattr(server, "handle_error", lambda *_: None)
        operator.sets(CUSTOMER_DYNAMODB_ENDPOINT=server.url, **ONE_SHORT_ATTEMPT)
        explains(operator.runs(*arguments))


@pytest.mark.parametrize("rubbish", MALFORMED_RESPONSES)
@pytest.mark.parametrize(
    "operation", ["DescribeTable", "DescribeTimeToLive", "GetItem", "Query", "DeleteItem"]
)
def test_each_step_of_doctor_finds_rubbish(
    operator: Operator, operation: str, rubbish: str
) -> None:
    with stub_store({operation: MALFORMED_RESPONSES[rubbish]}) as server:
        operator.sets(CUSTOMER_DYNAMODB_ENDPOINT=server.url)
        ran = operator.runs("doctor", "--json")

    statuses = {check["status"] for check in json.loads(ran.out)["checks"]}
    # The service works without a time to live, so an unknown one is only a warning.
    assert statuses & {"failed", "warning"}, ran.out
    assert operation == "DescribeTimeToLive" or ran.status == 1


@pytest.mark.parametrize("rubbish", MALFORMED_RESPONSES)
@pytest.mark.parametrize(
    ("operation", "arguments", "answers"),
    [
        ("DescribeTable", ("check",), {}),
        ("DescribeTimeToLive", ("check",), {}),
        ("DescribeContinuousBackups", ("check",), {}),
        ("DescribeContinuousBackups", ("create", "--yes"), MISSING),
        ("CreateTable", ("create", "--yes", *UNPROTECTED), MISSING),
        ("DeleteTable", ("delete", "--yes"), {}),
        ("UpdateTable", ("create", "--yes", "--no-deletion-protection"), {}),
        ("UpdateContinuousBackups", ("create", "--yes", "--no-point-in-time-recovery"), {}),
    ],
)
@pytest.mark.usefixtures("impatient")
def test_each_step_of_tables_explains_rubbish(
    operator: Operator, operation: str, arguments: tuple[str, ...], answers: Answers, rubbish: str
) -> None:
    with stub_store({**answers, operation: MALFORMED_RESPONSES[rubbish]}) as server:
        operator.sets(CUSTOMER_DYNAMODB_ENDPOINT=server.url)
        explains(operator.runs("tables", *arguments))


@contextmanager
def on_aws(operator: Operator, **more: str) -> Iterator[None]:
    """Makes local servers look like AWS's endpoints; DynamoDB answers as it should."""
    with stub_store() as server:
        operator.sets(
            AWS_DEFAULT_REGION="eu-central-1", AWS_ENDPOINT_URL_DYNAMODB=server.url, **more
        )
        yield


def credentials_found(operator: Operator) -> tuple[str, str]:
    """The status and the detail of the check of the credentials."""
    checks: list[dict[str, Any]] = json.loads(operator.runs("doctor", "--json").out)["checks"]
    (found,) = (check for check in checks if check["check"] == "credentials")
    return found["status"], found["detail"]


@pytest.mark.parametrize("rubbish", MALFORMED_RESPONSES)
def test_an_sts_that_is_none_leaves_the_identity_unknown(operator: Operator, rubbish: str) -> None:
    keys = {"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": SECRET}
    with stub_endpoint(MALFORMED_RESPONSES[rubbish]) as sts, on_aws(operator, **keys):
        operator.sets(AWS_ENDPOINT_URL_STS=sts.url)
        status, detail = credentials_found(operator)

    assert status == "warning"
    assert "their owner is unknown" in detail


@pytest.mark.parametrize("rubbish", IN_DEPTH)
def test_one_endpoint_for_all_of_aws_may_answer_rubbish(operator: Operator, rubbish: str) -> None:
    with stub_endpoint(MALFORMED_RESPONSES[rubbish]) as server:
        operator.sets(
            AWS_DEFAULT_REGION="eu-central-1",
            AWS_ENDPOINT_URL=server.url,
            AWS_ACCESS_KEY_ID="AKIA",
            AWS_SECRET_ACCESS_KEY=SECRET,
        )
        for arguments in COMMANDS:
            explains(operator.runs(*arguments))


@pytest.mark.parametrize("rubbish", IN_DEPTH)
def test_a_metadata_service_that_answers_rubbish_gives_no_credentials(
    operator: Operator, rubbish: str
) -> None:
    with stub_endpoint(MALFORMED_RESPONSES[rubbish]) as metadata, on_aws(operator):
        operator.sets(
            AWS_EC2_METADATA_DISABLED="false",
            AWS_EC2_METADATA_SERVICE_ENDPOINT=metadata.url,
            AWS_METADATA_SERVICE_TIMEOUT="1",
        )
        assert credentials_found(operator)[0] == "failed"


def test_a_container_that_offers_rubbish_gives_no_credentials(operator: Operator) -> None:
    with stub_endpoint(MALFORMED_RESPONSES["a list"]) as server, on_aws(operator):
        operator.sets(AWS_CONTAINER_CREDENTIALS_FULL_URI=server.url)
        assert credentials_found(operator)[0] == "failed"


@pytest.mark.parametrize(
    "profile",
    [
        "credential_process = echo rubbish",
        "credential_process = echo [1]",
        'credential_process = echo {"Version": 1}',
        "credential_process = /nonexistent/helper",
        "credential_process = false",
        "credential_process = 'unbalanced",
        "role_arn = arn:aws:iam::1:role/shop\nweb_identity_token_file = /nonexistent",
        "role_arn = arn:aws:iam::1:role/shop\nsource_profile = nobody",
        "role_arn = arn:aws:iam::1:role/shop\ncredential_source = Mars",
        "sso_session = nobody",
        "retry_mode = never",
        "defaults_mode = none",
        "max_attempts = many",
        "ca_bundle = /nonexistent",
        "sts_regional_endpoints = nowhere",
        "s3 =\n  max_queue_size = many",
    ],
)
@pytest.mark.parametrize("arguments", PATHS, ids=" ".join)
def test_a_profile_that_is_rubbish_is_explained(
    operator: Operator, tmp_path: Path, profile: str, arguments: tuple[str, ...]
) -> None:
    (tmp_path / "config").write_text(f"[default]\n{profile}\n")
    with stub_endpoint(MALFORMED_RESPONSES["a page"]) as server:
        operator.sets(
            AWS_CONFIG_FILE=str(tmp_path / "config"),
            AWS_DEFAULT_REGION="eu-central-1",
            AWS_ENDPOINT_URL=server.url,
            CUSTOMER_DYNAMODB_ATTEMPTS="1",
        )
        explains(operator.runs(*arguments))


@pytest.mark.parametrize(
    "raw", [b"\x00\xff", b"no section = 1\n", b"[default\n", b"[default]\n=\n"]
)
@pytest.mark.parametrize("variable", ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"])
@pytest.mark.parametrize("endpoint", ["", "http://127.0.0.1:1"])
def test_a_file_that_is_rubbish_is_explained(
    operator: Operator, tmp_path: Path, variable: str, raw: bytes, endpoint: str
) -> None:
    (tmp_path / "rubbish").write_bytes(raw)
    operator.sets(AWS_DEFAULT_REGION="eu-central-1", CUSTOMER_DYNAMODB_ENDPOINT=endpoint)
    operator.sets(**{variable: str(tmp_path / "rubbish")})
    for arguments in COMMANDS:
        explains(operator.runs(*arguments))


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("AWS_ENDPOINT_URL", "nonsense"),
        ("AWS_ENDPOINT_URL_DYNAMODB", "http://a b"),
        ("AWS_ENDPOINT_URL_STS", "ftp://[::1"),
        ("AWS_RETRY_MODE", "never"),
        ("AWS_MAX_ATTEMPTS", "many"),
        ("AWS_DEFAULTS_MODE", "none"),
        ("AWS_CA_BUNDLE", "/nonexistent"),
        ("AWS_STS_REGIONAL_ENDPOINTS", "nowhere"),
        ("AWS_USE_FIPS_ENDPOINT", "perhaps"),
        ("AWS_ACCOUNT_ID_ENDPOINT_MODE", "perhaps"),
        ("AWS_METADATA_SERVICE_TIMEOUT", "long"),
        ("AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES", "many"),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "/nonexistent"),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://shop.example/"),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "nonsense"),
        ("HTTP_PROXY", "nonsense://a b:c"),
    ],
)
def test_a_variable_of_aws_that_is_rubbish_is_explained(
    operator: Operator, variable: str, text: str
) -> None:
    operator.sets(
        AWS_DEFAULT_REGION="eu-central-1",
        AWS_ENDPOINT_URL="http://127.0.0.1:1",
        AWS_ROLE_ARN="arn:aws:iam::1:role/shop",
        AWS_EC2_METADATA_DISABLED="false",
        CUSTOMER_DYNAMODB_ATTEMPTS="1",
    )
    if variable.startswith(("AWS_METADATA", "AWS_WEB", "AWS_CONTAINER", "AWS_EC2")):
        operator.sets(AWS_EC2_METADATA_SERVICE_ENDPOINT="http://127.0.0.1:1")
    else:
        operator.sets(AWS_ACCESS_KEY_ID="AKIA", AWS_SECRET_ACCESS_KEY=SECRET)
    operator.sets(**{variable: text})
    for arguments in COMMANDS:
        explains(operator.runs(*arguments))
