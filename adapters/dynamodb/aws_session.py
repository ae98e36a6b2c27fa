"""Region and credentials, by the usual AWS variables."""

import os
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

import boto3.session
import botocore.session
from botocore.exceptions import ProfileNotFound

from ...domain.errors import FieldFault, SettingsError

_AWS_DOMAINS: Final = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws")


def aws_session(endpoint: str | None) -> boto3.session.Session:
    """A session for ``endpoint``; for AWS's own if that is None.

    A loopback endpoint needs no set-up: what is not configured gets a value that DynamoDB Local
    takes, and nobody is asked for a machine's credentials.

    Raises:
        SettingsError: names the AWS variable that is missing or wrong.
    """
    host = urlsplit(endpoint or "").hostname or ""
    core = botocore.session.Session()
    try:
        region = core.get_config_variable("region") or os.environ.get("AWS_REGION")
        if _is_loopback(host):
            return _loopback_session(core, region)
    except ProfileNotFound as fault:
        raise _fault("AWS_PROFILE", f"must be a profile that is configured: {fault}") from fault
    if region is None:
        raise _fault("AWS_DEFAULT_REGION", "must name a region, such as eu-central-1")
    if not is_aws(endpoint) and core.get_credentials() is None:
        detail = f"must be set, with AWS_SECRET_ACCESS_KEY: {host} wants signed requests"
        raise _fault("AWS_ACCESS_KEY_ID", detail)
    return boto3.session.Session(botocore_session=core, region_name=region)


def _loopback_session(core: botocore.session.Session, region: str | None) -> boto3.session.Session:
    core.get_component("credential_provider").remove("iam-role")
    if core.get_credentials() is None:
        core.set_credentials("local", "local")
    return boto3.session.Session(botocore_session=core, region_name=region or "us-east-1")


def is_aws(endpoint: str | None) -> bool:
    """Whether the endpoint is AWS's own, which None stands for."""
    host = urlsplit(endpoint or "").hostname
    return host is None or host.endswith(_AWS_DOMAINS)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _fault(variable: str, detail: str) -> SettingsError:
    return SettingsError([FieldFault(variable, detail)])
