"""Checks of the region, and of whose credentials are used."""

import os
from contextlib import closing
from difflib import get_close_matches
from typing import Any, Final

import boto3.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, InvalidRegionError
from botocore.utils import validate_region_name

from ....ports.finding import Finding, Status
from ..aws_session import direct_to_loopback, is_aws
from ..call_failure import error_code, foreign_replies_refused

_QUICKLY: Final = Config(connect_timeout=3, read_timeout=5, retries={"total_max_attempts": 1})
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
"""What AWS STS calls a refusal (AWS STS API Reference, "Common Error Types")."""
_HOW_TO_GIVE: Final = (
    "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE; on AWS itself give the"
    " machine, task or pod a role"
)


def check_region(session: boto3.session.Session) -> Finding:
    """Whether the region is one that AWS has."""
    region = session.region_name
    try:
        validate_region_name(region)
    except InvalidRegionError:
        remedy = "set AWS_DEFAULT_REGION to a region, such as eu-central-1"
        return Finding("region", Status.FAILED, f"{region!r} can be no region", remedy)
    known = [
        name
        for partition in session.get_available_partitions()
        for name in session.get_available_regions("dynamodb", partition)
    ]
    if region in known:
        return Finding("region", Status.OK, region)
    close = get_close_matches(region, known, n=1)
    meant = f"is {close[0]} meant? Set" if close else "set"
    detail = f"{region} is no region that boto3 knows"
    return Finding("region", Status.WARNING, detail, f"{meant} AWS_DEFAULT_REGION")


def check_credentials(session: boto3.session.Session, endpoint: str | None) -> Finding:
    """Whose the credentials are, if there are any."""
    try:
        with foreign_replies_refused():
            credentials = session.get_credentials()
    except BotoCoreError as error:
        return no_credentials(error)
    if credentials is None:
        return Finding("credentials", Status.FAILED, "there are none", _HOW_TO_GIVE)
    # botocore names its sources so: env, shared-credentials-file, container-role, iam-role, …;
    # "explicit" are those that aws_session() makes up for a loopback endpoint.
    made_up = credentials.method in (None, "explicit")
    origin = "made up for this endpoint" if made_up else f"from {credentials.method}"
    if not is_aws(endpoint):
        detail = f"{origin}; {endpoint} is not AWS's, so nobody says whose they are"
        return Finding("credentials", Status.OK, detail)
    return _identity(session, origin)


def no_credentials(error: BotoCoreError) -> Finding:
    """They cannot be obtained from where they should be."""
    return Finding("credentials", Status.FAILED, f"cannot be obtained: {error}", _HOW_TO_GIVE)


def _identity(session: boto3.session.Session, origin: str) -> Finding:
    try:
        return Finding("credentials", Status.OK, f"{_caller_arn(session)}, {origin}")
    except ClientError as error:
        code = error_code(error)
        if code in _REFUSALS:
            detail = f"{origin}; AWS refuses them: {code}"
            return Finding("credentials", Status.FAILED, detail, credentials_remedy(code))
        return _unknown(origin, error)
    except BotoCoreError as error:
        return _unknown(origin, error)


def _unknown(origin: str, error: Exception) -> Finding:
    detail = f"{origin}; AWS STS does not answer, so whose they are is unknown: {error}"
    remedy = "is AWS_ENDPOINT_URL, or AWS_ENDPOINT_URL_STS, right?" if _moved() else ""
    return Finding("credentials", Status.WARNING, detail, remedy)


def _moved() -> bool:
    return any(name in os.environ for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS"))


@foreign_replies_refused()
def _caller_arn(session: boto3.session.Session) -> str:
    with closing(_sts(session)) as sts:
        return str(sts.get_caller_identity()["Arn"])


def _sts(session: boto3.session.Session) -> Any:  # noqa: ANN401 (its stubs are not installed)
    def make(config: Config) -> Any:  # noqa: ANN401
        return session.client(  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
            "sts", config=config
        )

    return direct_to_loopback(make, _QUICKLY)


def credentials_remedy(code: str) -> str:
    """How to mend credentials that AWS refuses with ``code``."""
    if "Expired" in code:
        return "they are temporary and have expired: log in again, or renew AWS_SESSION_TOKEN"
    if "Signature" in code:
        return "AWS_SECRET_ACCESS_KEY is not the one of AWS_ACCESS_KEY_ID, or the clock is wrong"
    return (
        "the access key is unknown, deleted or of another partition; temporary ones need"
        " AWS_SESSION_TOKEN too"
    )
