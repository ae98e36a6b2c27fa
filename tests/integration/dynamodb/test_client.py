"""The region, credentials and limits of the client."""

from pathlib import Path

import pytest
from support.dynamodb.local_server import dynamodb_local

from cybershop_customer import SettingsError
from cybershop_customer.adapters.dynamodb.call_limits import CallLimits
from cybershop_customer.adapters.dynamodb.client import make_client
from cybershop_customer.entrypoints.container import make_container
from cybershop_customer.entrypoints.settings import Settings

LOOPBACK = "http://127.0.0.1:8000"


@pytest.fixture(autouse=True)
def nothing_configured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine without any AWS configuration, and without AWS's metadata service."""
    for name in (
        "AWS_ACCESS_KEY_ID",
        "AWS_DEFAULT_REGION",
        "AWS_PROFILE",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def make(endpoint: str | None) -> tuple[str, str, str | None]:
    """The region, endpoint and access key of a new client."""
    client = make_client(endpoint, limits=CallLimits(), connections=3)
    credentials = client._request_signer._credentials
    key = None if credentials is None else credentials.access_key
    config = client.meta.config
    assert (config.connect_timeout, config.read_timeout) == (1, 2)
    assert config.retries == {"total_max_attempts": 1, "mode": "standard"}
    assert config.max_pool_connections == 3
    client.close()
    return client.meta.region_name, client.meta.endpoint_url, key


@pytest.mark.parametrize("endpoint", [LOOPBACK, "http://localhost:8000", "http://[::1]:8000"])
def test_a_loopback_endpoint_needs_no_set_up(endpoint: str) -> None:
    assert make(endpoint) == ("us-east-1", endpoint, "local")


def test_a_loopback_endpoint_uses_the_configuration_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "mine")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")

    assert make(LOOPBACK) == ("eu-west-1", LOOPBACK, "mine")


@pytest.mark.parametrize("variable", ["AWS_DEFAULT_REGION", "AWS_REGION"])
def test_aws_needs_a_region(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "eu-west-1")

    assert make(None) == ("eu-west-1", "https://dynamodb.eu-west-1.amazonaws.com", None)


@pytest.mark.parametrize("endpoint", [None, "http://dynamodb:8000"])
def test_a_missing_region_is_named(endpoint: str | None) -> None:
    with pytest.raises(SettingsError, match="AWS_DEFAULT_REGION must name a region"):
        make(endpoint)


@pytest.mark.parametrize("endpoint", [None, LOOPBACK])
def test_a_malformed_region_is_named(monkeypatch: pytest.MonkeyPatch, endpoint: str | None) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu west")

    with pytest.raises(SettingsError, match="AWS_DEFAULT_REGION must name a region"):
        make(endpoint)


def test_missing_credentials_of_another_endpoint_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")

    with pytest.raises(SettingsError, match="AWS_ACCESS_KEY_ID must be set"):
        make("http://dynamodb:8000")


def test_an_endpoint_of_aws_may_get_its_credentials_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    endpoint = "https://vpce-1.dynamodb.eu-west-1.vpce.amazonaws.com"

    assert make(endpoint) == ("eu-west-1", endpoint, None)


@pytest.mark.parametrize("endpoint", [None, LOOPBACK])
def test_a_profile_that_is_not_configured_is_named(
    monkeypatch: pytest.MonkeyPatch, endpoint: str | None
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "unknown")

    with pytest.raises(SettingsError, match=r"AWS_PROFILE must name .* \(unknown\)"):
        make(endpoint)


@pytest.mark.dynamodb_local
@pytest.mark.parametrize("name", ["direct", "botocore"])
def test_the_container_stores_where_the_settings_say(name: str) -> None:
    variables = {
        "CUSTOMER_DYNAMODB_CLIENT": name,
        "CUSTOMER_DYNAMODB_ENDPOINT": dynamodb_local(),
        "CUSTOMER_DYNAMODB_READ_TIMEOUT_SECONDS": "20",
        "CUSTOMER_DYNAMODB_TIME_LIMIT_SECONDS": "30",
        "CUSTOMER_TABLE_PREFIX": "nowhere-",
    }
    storage = make_container(Settings.from_environ(variables)).storage()

    client = storage.customers._database.gateway._client
    assert storage.customers._database.logger_table == "nowhere-logger"
    assert storage.customers._database.gateway._limits.max_attempt_seconds == 21
    if name == "direct":
        assert client._own.get()._transport._pool._connections == 8
    else:
        assert client.meta.config.max_pool_connections == 8
    client.close()


def test_a_time_limit_below_one_attempt_is_refused() -> None:
    variables = {"CUSTOMER_DYNAMODB_TIME_LIMIT_SECONDS": "2"}

    with pytest.raises(SettingsError, match="CUSTOMER_DYNAMODB_TIME_LIMIT_SECONDS must not be"):
        Settings.from_environ(variables)


@pytest.mark.parametrize(
    "url", ["http://a b", "127.0.0.1:8000", "http://", "http://h:99999", "http://user:secret@h"]
)
def test_an_endpoint_must_be_a_url(url: str) -> None:
    with pytest.raises(SettingsError, match="CUSTOMER_DYNAMODB_ENDPOINT must be a URL"):
        Settings.from_environ({"CUSTOMER_DYNAMODB_ENDPOINT": url})


@pytest.mark.parametrize("endpoint", [None, "http://127.0.0.1:8000"])
def test_half_of_the_credentials_is_a_fault_of_the_settings(
    monkeypatch: pytest.MonkeyPatch, endpoint: str | None
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "half")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY", raising=False)

    with pytest.raises(SettingsError, match="AWS_ACCESS_KEY_ID or another AWS setting"):
        make_client(endpoint, limits=CallLimits(), connections=1)
