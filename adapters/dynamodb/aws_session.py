"""Finds region, credentials and proxies as every AWS client does, and checks them."""

import os
import re
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import urlsplit
from urllib.request import getproxies

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, InvalidRegionError, ProfileNotFound
from botocore.utils import validate_region_name

from ...domain.errors import FieldFault, SettingsError
from ...domain.loopback import is_loopback
from .call_failure import NON_BOTOCORE_ERRORS, describe_error

if TYPE_CHECKING:
    import boto3.session

Client = TypeVar("Client", bound=Any)

_IN_HEADERS: Final = ("AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN")
"""Variables whose values a request has in a header. botocore's error for a line end quotes them."""
HEADER_TEXT: Final = re.compile(r"[ -~]*")
"""The characters that a header may have. AWS's keys and tokens have no others."""
_AWS_DOMAINS: Final = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws")


@contextmanager
def aws_faults_named() -> Generator[None]:
    """Raise what botocore or boto3 finds wrong in the settings of AWS as SettingsError."""
    try:
        yield
    except ProfileNotFound as error:
        raise _fault("AWS_PROFILE", f"must name a configured profile: {error}") from error
    except (BotoCoreError, *NON_BOTOCORE_ERRORS) as error:
        raise _aws_fault(error) from error


@aws_faults_named()
def check_aws_settings(endpoint: str | None) -> None:
    """Check that a client for ``endpoint`` can be made. Sends nothing.

    Raises:
        SettingsError: names the AWS variable that is missing or wrong.
    """
    validate_region_name(core_session(endpoint).get_config_variable("region"))


@aws_faults_named()
def aws_session(endpoint: str | None) -> "boto3.session.Session":
    """Make a session of boto3, which knows more about regions than botocore's.

    Raises:
        SettingsError: as ``core_session`` does.
    """
    import boto3.session  # noqa: PLC0415 (a session checker does without boto3)

    return boto3.session.Session(botocore_session=core_session(endpoint))


@aws_faults_named()
def core_session(endpoint: str | None) -> botocore.session.Session:
    """Make a session for ``endpoint``, or for AWS's own endpoint if that is None.

    A loopback endpoint needs no configuration: a missing region or key gets a value that DynamoDB
    Local accepts, and the session does not ask EC2's metadata service for credentials.

    Raises:
        SettingsError: names the AWS variable that is missing or wrong.
    """
    for variable in _IN_HEADERS:
        if not HEADER_TEXT.fullmatch(os.environ.get(variable, "")):
            raise _fault(variable, "has a character that it cannot have, such as a line end")
    host = urlsplit(endpoint or "").hostname or ""
    core = botocore.session.Session()
    region = core.get_config_variable("region") or os.environ.get("AWS_REGION")
    if is_loopback(host):
        return _loopback_session(core, region)
    if region is None:
        raise _fault("AWS_DEFAULT_REGION", "must name a region, such as eu-central-1")
    if not is_aws(endpoint) and core.get_credentials() is None:
        detail = f"must be set, with AWS_SECRET_ACCESS_KEY: {host} requires signed requests"
        raise _fault("AWS_ACCESS_KEY_ID", detail)
    core.set_config_variable("region", region)
    return core


def bypass_proxy_on_loopback(make: Callable[[Config], Client], config: Config) -> Client:
    """Make a client by ``make``, so that it uses no proxy for a loopback endpoint.

    HTTP_PROXY is for the network: a proxy's loopback is the proxy's own machine. Every other
    endpoint follows the usual rules.
    """
    # The endpoint may come from an AWS variable, so only the client knows it.
    client = make(config)
    url: str = client.meta.endpoint_url
    host = urlsplit(url).hostname or ""
    if client.meta.config.proxies is None and is_loopback(host) and getproxies():
        client.close()
        client = make(config.merge(Config(proxies={})))
    return client


def _aws_fault(error: Exception) -> SettingsError:
    """A SettingsError that names the AWS variable that prevents a session or a client."""
    if isinstance(error, InvalidRegionError):
        return _fault("AWS_DEFAULT_REGION", "must name a region")
    if isinstance(error, ValueError) and "endpoint" in str(error).lower():
        detail = f"or AWS_ENDPOINT_URL_DYNAMODB must be a URL: {error}"
        return _fault("AWS_ENDPOINT_URL", detail)
    if isinstance(error, OSError):
        detail = f"or another file that AWS's settings name cannot be read: {describe_error(error)}"
        return _fault("AWS_CA_BUNDLE", detail)
    cause = str(error) if isinstance(error, BotoCoreError) else describe_error(error)
    return _fault("AWS_ACCESS_KEY_ID", f"or another AWS setting cannot be used: {cause}")


def _loopback_session(
    core: botocore.session.Session, region: str | None
) -> botocore.session.Session:
    core.get_component("credential_provider").remove("iam-role")
    if core.get_credentials() is None:
        core.set_credentials("local", "local")
    core.set_config_variable("region", region or "us-east-1")
    return core


def is_aws(endpoint: str | None) -> bool:
    """Whether ``endpoint`` is AWS's own. None is."""
    host = urlsplit(endpoint or "").hostname
    return host is None or host.endswith(_AWS_DOMAINS)


def _fault(variable: str, detail: str) -> SettingsError:
    return SettingsError([FieldFault(variable, detail)])
