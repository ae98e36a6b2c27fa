"""The direct client: where it connects, how long it waits, and when botocore serves instead."""

import json
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.credentials import RefreshableCredentials
from botocore.exceptions import EndpointConnectionError
from support.http.certificate import self_signed, signed_by_authority
from support.http.endless_responses import ENDLESS
from support.http.raw_server import Act, RawServer, answer, raw_server, say, say_and_hang_up

from cybershop_customer import SettingsError, StoreUnavailableError
from cybershop_customer.adapters.dynamodb.call_failure import FailureKind, classify_failure
from cybershop_customer.adapters.dynamodb.call_limits import CallLimits
from cybershop_customer.adapters.dynamodb.client import make_client
from cybershop_customer.adapters.dynamodb.direct_client.client import DirectClient
from cybershop_customer.adapters.dynamodb.gateway import DynamoDBGateway, RequestKind
from cybershop_customer.entrypoints.container import make_container
from cybershop_customer.entrypoints.settings import Settings

LIMITS = CallLimits(connect_timeout=0.3, read_timeout=0.3, attempts=2, time_limit=1)
READ: dict[str, Any] = {"TableName": "t", "Key": {"pk": {"S": "1"}}}
GOOD = say(answer(200, {"ConsumedCapacity": {"TableName": "t", "CapacityUnits": 1}}))


@pytest.fixture(autouse=True)
def no_other_configuration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Only these credentials and this region."""
    for name in ("AWS_PROFILE", "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "mine")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")


class ConstantAddresses:
    """Stands in for ``HostAddresses``."""

    def __init__(self, addresses: list[Any]) -> None:
        self._addresses = addresses

    def peek(self) -> list[Any]:
        return self._addresses

    def get(self, _: float) -> list[Any]:
        return self._addresses

    def refresh_soon(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def client_at(url: str | None, stack: ExitStack, limits: CallLimits = LIMITS) -> Any:
    """The direct client, or botocore's in its place."""
    client = make_client(url, limits=limits, connections=2, direct=True)
    stack.callback(client.close)
    return client._own.get()  # type: ignore[attr-defined]


def failure_of(client: DirectClient) -> FailureKind:
    with pytest.raises(Exception) as error:
        client.get_item(**READ)
    return classify_failure(error.value).kind


@pytest.mark.parametrize("act", ENDLESS.values(), ids=ENDLESS)
def test_an_endless_reply_is_given_up(stack: ExitStack, act: Act) -> None:
    """Without a limit for the whole attempt, this test would wait for ever."""
    server = stack.enter_context(raw_server(act))

    assert failure_of(client_at(server.url, stack)) is FailureKind.REPLY_LOST


def test_a_call_whose_replies_trickle_ends(stack: ExitStack) -> None:
    server = stack.enter_context(raw_server(ENDLESS["slow in the body"]))
    # A busy machine takes its time to connect.
    limits = replace(LIMITS, connect_timeout=10, time_limit=20)
    client = make_client(server.url, limits=limits, connections=1, direct=True)
    gateway = DynamoDBGateway(client, limits)

    with pytest.raises(StoreUnavailableError):
        gateway.call("get_item", READ, RequestKind.READ)

    assert 1 <= server.connections <= limits.attempts


def test_a_login_whose_replies_trickle_ends(stack: ExitStack) -> None:
    server = stack.enter_context(raw_server(ENDLESS["slow in the headers"]))
    settings = Settings.from_environ(
        {
            "CUSTOMER_DYNAMODB_ENDPOINT": server.url,
            "CUSTOMER_DYNAMODB_CONNECT_TIMEOUT_SECONDS": "1",
            "CUSTOMER_DYNAMODB_READ_TIMEOUT_SECONDS": "1",
            "CUSTOMER_DYNAMODB_TIME_LIMIT_SECONDS": "2",
            "CUSTOMER_BCRYPT_ROUNDS": "4",
        }
    )
    container = make_container(settings)
    stack.callback(container.storage().close)

    with pytest.raises(StoreUnavailableError):
        container.services().sessions.login(customer_id="zoe", password="a secret one")

    assert server.connections >= 1


def test_a_connection_is_probed_by_the_system(stack: ExitStack) -> None:
    """As with ``tcp_keepalive`` of AWS's configuration."""
    server = stack.enter_context(raw_server(GOOD))
    client = client_at(server.url, stack)
    client.get_item(**READ)

    (connection,) = client._transport._pool._kept

    assert connection._socket.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)


def test_a_connection_is_kept(stack: ExitStack) -> None:
    server = stack.enter_context(raw_server(GOOD))
    client = client_at(server.url, stack)

    for _ in range(3):
        client.get_item(**READ)

    assert server.connections == 1


def test_a_connection_that_closed_meanwhile_is_replaced(stack: ExitStack) -> None:
    server = stack.enter_context(raw_server(GOOD, say_and_hang_up(), GOOD))
    client = client_at(server.url, stack)
    client.get_item(**READ)

    assert failure_of(client) is FailureKind.REPLY_LOST
    client.get_item(**READ)

    assert server.connections == 2


def test_tls_is_verified_and_its_session_resumed(
    stack: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, trusted = self_signed(tmp_path)
    reused: list[bool] = []

    def good_bye(conversation: Any) -> None:
        reused.append(conversation.request.session_reused)
        conversation.request.sendall(
            answer(200, {"ConsumedCapacity": {"CapacityUnits": 1}}, Connection="close")
        )

    server = stack.enter_context(raw_server(good_bye, tls=context))
    assert failure_of(client_at(server.url, stack)) is FailureKind.TRANSIENT

    monkeypatch.setenv("AWS_CA_BUNDLE", str(trusted))
    client = client_at(server.url, stack)
    client.get_item(**READ)
    client.get_item(**READ)

    assert reused == [False, True]


def test_an_authority_without_an_identifier_is_trusted_on_each_python(
    stack: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = ssl.create_default_context

    def create_as_python_3_13(*arguments: Any, **named: Any) -> ssl.SSLContext:
        context = create(*arguments, **named)
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        return context

    context, trusted = signed_by_authority(tmp_path)
    server = stack.enter_context(raw_server(GOOD, tls=context))
    monkeypatch.setattr(ssl, "create_default_context", create_as_python_3_13)
    monkeypatch.setenv("AWS_CA_BUNDLE", str(trusted))

    client_at(server.url, stack).get_item(**READ)


def test_a_name_with_a_dot_at_its_end_has_the_certificate_of_the_name(
    stack: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, trusted = self_signed(tmp_path, name="db.example")
    server = stack.enter_context(raw_server(GOOD, tls=context))
    monkeypatch.setenv("AWS_CA_BUNDLE", str(trusted))
    client = client_at(f"https://db.example.:{server.port}", stack)
    address = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.port))
    monkeypatch.setattr(client._transport, "_addresses", ConstantAddresses([address]))

    client.get_item(**READ)

    assert f"Host: db.example.:{server.port}".encode() in server.requests[0]


def test_connections_move_with_the_address(
    stack: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = (stack.enter_context(raw_server(GOOD)) for _ in range(2))
    client = client_at(old.url, stack)
    client.get_item(**READ)

    def addresses_of(server: RawServer) -> list[object]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.port))]

    monkeypatch.setattr(client._transport._addresses, "_constant", addresses_of(new))
    client.get_item(**READ)

    assert (old.connections, new.connections) == (1, 1)


def test_where_no_one_listens_nothing_was_sent(stack: ExitStack) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    assert failure_of(client_at(f"http://127.0.0.1:{port}", stack)) is FailureKind.TRANSIENT


@pytest.mark.parametrize(
    ("region", "variables"),
    [
        ("eu-central-1", {}),
        ("cn-north-1", {}),
        ("us-gov-west-1", {"AWS_USE_FIPS_ENDPOINT": "true"}),
        ("us-east-1", {"AWS_USE_FIPS_ENDPOINT": "true"}),
        ("local", {}),
        ("eu-west-1", {"AWS_USE_DUALSTACK_ENDPOINT": "true"}),
        ("eu-west-1", {"AWS_ENDPOINT_URL_DYNAMODB": "https://db.shop.example:8443/x"}),
        ("eu-west-1", {"AWS_ENDPOINT_URL_DYNAMODB": "https://db.shop.example/x/"}),
        ("eu-west-1", {"AWS_ENDPOINT_URL": "http://10.0.0.1:4566"}),
    ],
)
def test_the_endpoint_is_the_one_that_botocore_asks(
    stack: ExitStack, monkeypatch: pytest.MonkeyPatch, region: str, variables: dict[str, str]
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    asked = []

    class StopError(Exception):
        pass

    def before_send(request: Any, **_: object) -> None:
        asked.append((request.url, request.headers["Authorization"].decode()))
        raise StopError

    theirs = make_client(None, limits=LIMITS, connections=1)
    theirs.meta.events.register("before-send.dynamodb.GetItem", before_send)
    with pytest.raises(StopError):
        theirs.get_item(**READ)

    ours = client_at(None, stack)

    (url, authorization) = asked[0]
    assert isinstance(ours, DirectClient)
    assert ours._transport._url == url
    assert ours._encoder._head.startswith(f"POST {urlsplit(url).path} HTTP/1.1")
    assert f"/{ours._encoder._signer._region}/dynamodb/" in authorization


@pytest.mark.parametrize(
    "variables",
    [
        {"HTTPS_PROXY": "http://proxy.example:3128"},
        {"AWS_ACCOUNT_ID_ENDPOINT_MODE": "required"},
        {"AWS_ENDPOINT_URL_DYNAMODB": "https://db.shop.example/a?b=c"},
        {"AWS_ENDPOINT_URL_DYNAMODB": "https://db.shop.example/a/../c"},
        {"AWS_ENDPOINT_URL_DYNAMODB": "https://db.shop.example//a"},
        {"AWS_ENDPOINT_URL_DYNAMODB": "https://db.shop.example/é"},
    ],
    ids=["proxy", "endpoint of an account", "query", "dots", "empty segment", "no ASCII"],
)
def test_botocore_serves_what_only_botocore_can(
    stack: ExitStack,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    variables: dict[str, str],
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    caplog.set_level("INFO", "cybershop_customer.store")

    assert not isinstance(client_at(None, stack), DirectClient)
    assert "botocore sends the requests to DynamoDB, because" in caplog.text


def test_a_proxy_of_other_hosts_is_none(stack: ExitStack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", ".amazonaws.com")

    assert isinstance(client_at(None, stack), DirectClient)


@pytest.mark.parametrize("direct", [True, False])
@pytest.mark.parametrize("variable", ["AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN"])
@pytest.mark.parametrize("value", ["SECRET\n", "SECRET\r\nX-Other: 1", "SECRET\u2028", "SECRETé"])
def test_a_key_that_no_header_can_have_is_a_fault_of_the_settings(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, direct: bool
) -> None:
    monkeypatch.setenv(variable, value)

    with pytest.raises(SettingsError, match="a character that it cannot have") as error:
        make_client("http://127.0.0.1:1", limits=LIMITS, connections=1, direct=direct)

    assert variable in str(error.value)
    assert "SECRET" not in str(error.value)


def test_the_password_of_an_endpoint_is_in_no_error(stack: ExitStack) -> None:
    client = client_at("http://user:SECRET@127.0.0.1:1", stack)

    with pytest.raises(EndpointConnectionError) as error:
        client.get_item(**READ)

    assert "SECRET" not in str(error.value)
    assert "127.0.0.1:1" in str(error.value)


def test_a_role_is_assumed_by_no_thread_that_makes_a_client(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A service starts, and a forked process answers in time, also while STS is out of reach."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    token = tmp_path / "token"
    token.write_text("a token of the identity provider")
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(token))
    monkeypatch.setenv("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/customer")

    def refuse(*_: object) -> None:
        raise AssertionError("a role was assumed")

    monkeypatch.setattr(RefreshableCredentials, "_protected_refresh", refuse)

    client = make_client("http://db.example", limits=LIMITS, connections=1, direct=True)

    assert isinstance(client._own.get(), DirectClient)  # type: ignore[attr-defined]
    client.close()


def test_a_missing_bundle_of_certificates_is_a_fault_of_the_settings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", "/nowhere/at/all.pem")

    with pytest.raises(SettingsError, match=r"AWS_CA_BUNDLE .* cannot be read: FileNotFoundError"):
        make_client(None, limits=LIMITS, connections=1, direct=True)


def test_the_methods_send_their_operations(stack: ExitStack) -> None:
    targets: list[str] = []

    def note(conversation: Any) -> None:
        head = conversation.request_head.decode()
        targets.append(head.partition("X-Amz-Target: ")[2].partition("\r\n")[0])
        conversation.request.sendall(answer(200, {}, Connection="close"))

    server = stack.enter_context(raw_server(note))
    with closing(client_at(server.url, stack)) as client:
        for name in (
            "batch_get_item",
            "batch_write_item",
            "delete_item",
            "get_item",
            "put_item",
            "query",
            "scan",
            "transact_write_items",
            "update_item",
        ):
            getattr(client, name)(TableName=json.dumps(name))

    operations = [target.partition(".")[2] for target in targets]
    assert operations == [
        "BatchGetItem",
        "BatchWriteItem",
        "DeleteItem",
        "GetItem",
        "PutItem",
        "Query",
        "Scan",
        "TransactWriteItems",
        "UpdateItem",
    ]
