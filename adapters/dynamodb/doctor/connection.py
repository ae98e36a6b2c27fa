"""Checks of the endpoint, the clock and the signature, by one harmless call."""

from datetime import datetime
from typing import Final

from botocore.exceptions import (
    ConnectTimeoutError,
    EndpointConnectionError,
    ProxyConnectionError,
    ReadTimeoutError,
    SSLError,
)

from ....ports.finding import Finding, Status
from ..call_failure import NON_BOTOCORE_ERRORS
from ..clock_estimate import read_date
from .call_outcome import CallOutcome
from .credentials import credentials_remedy

TOLERATED_SECONDS: Final = 5 * 60
"""The largest error of a clock that signs (AWS IAM User Guide, "Signature Version 4")."""
NOTICEABLE_SECONDS: Final = 30
"""The doctor warns from this error on: other programs on the machine do not correct their times."""

_REFUSED_SIGNATURES: Final = frozenset(
    {
        "ExpiredTokenException",
        "IncompleteSignature",
        "IncompleteSignatureException",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
_REMEDIES: Final[dict[type[Exception], str]] = {
    ConnectTimeoutError: "check security groups, routes and VPC endpoints",
    ReadTimeoutError: "check that the server is DynamoDB: it accepts connections but sends nothing",
    SSLError: "the certificate is not trusted: use http, or set AWS_CA_BUNDLE",
    ProxyConnectionError: "check HTTPS_PROXY and NO_PROXY",
    EndpointConnectionError: "check CUSTOMER_DYNAMODB_ENDPOINT, and that a server runs there. For"
    " AWS's own endpoint check AWS_DEFAULT_REGION",
}
_OTHER_REMEDY: Final = "check CUSTOMER_DYNAMODB_ENDPOINT, and that no proxy is in the way"


def check_endpoint(outcome: CallOutcome, endpoint: str) -> Finding:
    """Check that DynamoDB answers at ``endpoint``."""
    if outcome.is_from_dynamodb:
        return Finding("endpoint", Status.OK, f"{endpoint} answers")
    if outcome.error is None:
        detail = f"the server at {endpoint} is not DynamoDB"
        return Finding("endpoint", Status.FAILED, detail, _OTHER_REMEDY)
    for kind, remedy in _REMEDIES.items():
        if isinstance(outcome.error, kind):
            return Finding("endpoint", Status.FAILED, str(outcome.error), remedy)
    detail = f"{endpoint}: {type(outcome.error).__name__}: {outcome.error}"
    return Finding("endpoint", Status.FAILED, detail, _OTHER_REMEDY)


def check_clock(outcome: CallOutcome, now: datetime) -> Finding:
    """Check that this machine's clock agrees with DynamoDB's."""
    try:
        # The subtraction may overflow too.
        seconds = round((now - read_date(outcome.headers.get("date"))).total_seconds())
    except NON_BOTOCORE_ERRORS:
        return Finding("clock", Status.SKIPPED, "this endpoint does not send the time")
    if abs(seconds) < NOTICEABLE_SECONDS:
        return Finding("clock", Status.OK, f"agrees to {abs(seconds)} s")
    direction = "ahead of" if seconds > 0 else "behind"
    detail = (
        f"this machine's clock is {abs(seconds)} s {direction} AWS's; AWS tolerates"
        f" {TOLERATED_SECONDS} s"
    )
    status = Status.FAILED if abs(seconds) >= TOLERATED_SECONDS else Status.WARNING
    remedy = "set the clock by NTP, such as `timedatectl set-ntp true`"
    return Finding("clock", status, detail, remedy)


def check_signature(outcome: CallOutcome) -> Finding:
    """Check that DynamoDB accepts the credentials. Their rights are another check."""
    for code in outcome.codes:
        if code in _REFUSED_SIGNATURES:
            remedy = credentials_remedy(code)
            return Finding("signature", Status.FAILED, outcome.refusal, remedy)
    return Finding("signature", Status.OK, "DynamoDB accepts the credentials")
