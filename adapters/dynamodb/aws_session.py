"""Region, credentials and proxies, by the usual variables."""

import os
from collections.abc import Callable
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit
from urllib.request import getproxies

import boto3.session
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, InvalidRegionError, ProfileNotFound

from ...domain.errors import FieldFault, SettingsError
from ...domain.loopback import is_loopback
from .call_failure import FOREIGN_ERRORS, described

Client = TypeVar("Client", bound=Any)

_AWS_DOMAINS: Final = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws")


def aws_session(endpoint: str | None) -> boto3.session.Session:
    """A session for ``endpoint``; for AWS's own if that is None.

    A loopback endpoint needs no set-up: what is not configured gets a value that DynamoDB Local
    takes, and nobody is asked for a machine's credentials.

    Raises:
        SettingsError: names the AWS variable that is missing or wrong.
    """
    try:
        return _session(endpoint)
    except ProfileNotFound as error:
        raise _fault("AWS_PROFILE", f"must be a profile that is configured: {error}") from error
    except (BotoCoreError, *FOREIGN_ERRORS) as error:
        raise aws_fault(error) from error


def _session(endpoint: str | None) -> boto3.session.Session:
    host = urlsplit(endpoint or "").hostname or ""
    core = botocore.session.Session()
    region = core.get_config_variable("region") or os.environ.get("AWS_REGION")
    if is_loopback(host):
        return _loopback_session(core, region)
    if region is None:
        raise _fault("AWS_DEFAULT_REGION", "must name a region, such as eu-central-1")
    if not is_aws(endpoint) and core.get_credentials() is None:
        detail = f"must be set, with AWS_SECRET_ACCESS_KEY: {host} wants signed requests"
        raise _fault("AWS_ACCESS_KEY_ID", detail)
    return boto3.session.Session(botocore_session=core, region_name=region)


def direct_to_loopback(make: Callable[[Config], Client], config: Config) -> Client:
    """The client that ``make`` makes, which reaches a loopback endpoint without a proxy.

    HTTP_PROXY and its like are for the network: what a proxy calls loopback is another machine.
    Other endpoints keep the usual rules. Where the endpoint comes from an AWS variable, only the
    client knows it; then it is made again.
    """
    client = make(config)
    url: str = client.meta.endpoint_url
    host = urlsplit(url).hostname or ""
    if client.meta.config.proxies is None and is_loopback(host) and getproxies():
        client.close()
        client = make(config.merge(Config(proxies={})))
    return client


def aws_fault(error: Exception) -> SettingsError:
    """Which AWS variable, or file, makes it impossible to have a session or a client."""
    if isinstance(error, InvalidRegionError):
        return _fault("AWS_DEFAULT_REGION", "must name a region")
    if isinstance(error, ValueError) and "endpoint" in str(error).lower():
        detail = f"or AWS_ENDPOINT_URL_DYNAMODB must be a URL: {error}"
        return _fault("AWS_ENDPOINT_URL", detail)
    cause = str(error) if isinstance(error, BotoCoreError) else described(error)
    return _fault("AWS_ACCESS_KEY_ID", f"and what belongs to it cannot be used: {cause}")


def _loopback_session(core: botocore.session.Session, region: str | None) -> boto3.session.Session:
    core.get_component("credential_provider").remove("iam-role")
    if core.get_credentials() is None:
        core.set_credentials("local", "local")
    return boto3.session.Session(botocore_session=core, region_name=region or "us-east-1")


def is_aws(endpoint: str | None) -> bool:
    """Whether the endpoint is AWS's own, which None stands for."""
    host = urlsplit(endpoint or "").hostname
    return host is None or host.endswith(_AWS_DOMAINS)


def _fault(variable: str, detail: str) -> SettingsError:
    return SettingsError([FieldFault(variable, detail)])
