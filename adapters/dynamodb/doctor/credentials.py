"""Checks of the region and of the credentials."""

import os
from contextlib import closing
from difflib import get_close_matches
from typing import Any, Final

import boto3.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, InvalidRegionError
from botocore.utils import validate_region_name

from ....ports.finding import Finding, Status
from ..aws_session import bypass_proxy_on_loopback, is_aws
from ..call_failure import error_code, refuse_foreign_replies

_STS_ENDPOINT_VARIABLES: Final = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS")
_SHORT_TIMEOUTS: Final = Config(
    connect_timeout=3, read_timeout=5, retries={"total_max_attempts": 1}
)
_REFUSALS: Final = frozenset(
    {
        "AccessDenied",
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidClientTokenId",
        "MissingAuthenticationToken",
        "OptInRequired",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
"""The error codes of a refusal by AWS STS (AWS STS API Reference, "Common Error Types")."""
_HOW_TO_SET: Final = (
    "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE; on AWS itself give the"
    " machine, task or pod a role"
)


def check_region(session: boto3.session.Session) -> Finding:
    """Check that AWS has the region."""
    region = session.region_name
    try:
        validate_region_name(region)
    except InvalidRegionError:
        remedy = "set AWS_DEFAULT_REGION to a region, such as eu-central-1"
        return Finding("region", Status.FAILED, f"{region!r} is not the name of a region", remedy)
    known = [
        name
        for partition in session.get_available_partitions()
        for name in session.get_available_regions("dynamodb", partition)
    ]
    if region in known:
        return Finding("region", Status.OK, region)
    similar = get_close_matches(region, known, n=1)
    remedy = f"set AWS_DEFAULT_REGION{f', perhaps to {similar[0]}' if similar else ''}"
    return Finding("region", Status.WARNING, f"boto3 does not know the region {region}", remedy)


def check_credentials(session: boto3.session.Session, endpoint: str | None) -> Finding:
    """Check that there are credentials, and find out who owns them."""
    try:
        with refuse_foreign_replies():
            credentials = session.get_credentials()
    except BotoCoreError as error:
        return Finding("credentials", Status.FAILED, f"cannot be obtained: {error}", _HOW_TO_SET)
    if credentials is None:
        return Finding("credentials", Status.FAILED, "there are none", _HOW_TO_SET)
    # botocore's names of sources are env, shared-credentials-file, container-role, iam-role, …
    # "explicit" are the placeholders that aws_session() sets for a loopback endpoint.
    is_placeholder = credentials.method in (None, "explicit")
    origin = "placeholders for this endpoint" if is_placeholder else f"from {credentials.method}"
    if not is_aws(endpoint):
        detail = f"{origin}; their owner is unknown, because {endpoint} is not AWS's"
        return Finding("credentials", Status.OK, detail)
    return _identity(session, origin)


def _identity(session: boto3.session.Session, origin: str) -> Finding:
    try:
        return Finding("credentials", Status.OK, f"{_caller_arn(session)}, {origin}")
    except ClientError as error:
        code = error_code(error)
        if code in _REFUSALS:
            detail = f"{origin}; AWS refuses them: {code}"
            return Finding("credentials", Status.FAILED, detail, credentials_remedy(code))
        return _unknown_owner(origin, error)
    except BotoCoreError as error:
        return _unknown_owner(origin, error)


def _unknown_owner(origin: str, error: Exception) -> Finding:
    detail = f"{origin}; their owner is unknown, because the call of AWS STS failed: {error}"
    variables = [name for name in _STS_ENDPOINT_VARIABLES if name in os.environ]
    remedy = f"check {' and '.join(variables)}" if variables else ""
    return Finding("credentials", Status.WARNING, detail, remedy)


@refuse_foreign_replies()
def _caller_arn(session: boto3.session.Session) -> str:
    with closing(_sts(session)) as sts:
        return str(sts.get_caller_identity()["Arn"])


def _sts(session: boto3.session.Session) -> Any:  # noqa: ANN401 (its stubs are not installed)
    def make(config: Config) -> Any:  # noqa: ANN401
        return session.client(  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
            "sts", config=config
        )

    return bypass_proxy_on_loopback(make, _SHORT_TIMEOUTS)


def credentials_remedy(code: str) -> str:
    """How to fix credentials that AWS refuses with ``code``."""
    if "Expired" in code:
        return "they are temporary and have expired: log in again, or renew AWS_SESSION_TOKEN"
    if "Signature" in code:
        return "AWS_SECRET_ACCESS_KEY does not belong to AWS_ACCESS_KEY_ID, or the clock is wrong"
    return (
        "the access key is unknown, deleted or of another partition; temporary credentials also"
        " need AWS_SESSION_TOKEN"
    )
