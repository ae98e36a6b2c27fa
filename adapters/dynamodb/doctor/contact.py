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
from ..call_failure import FOREIGN_ERRORS
from ..clock_estimate import read_date
from .identity import credentials_remedy
from .outcome import Outcome

TOLERATED_SECONDS: Final = 5 * 60
"""How far a clock may be off (AWS IAM User Guide, "Signature Version 4": within five minutes)."""
NOTICEABLE_SECONDS: Final = 30
"""The service corrects its own times; other programs on the machine do not."""

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
    # Connections that fail are of many kinds; the more special stand first.
    ConnectTimeoutError: "no way leads there: look at security groups, routes, VPC endpoints",
    ReadTimeoutError: "something accepts connections and says nothing: is it DynamoDB?",
    SSLError: "the certificate is not trusted: is http meant, or is AWS_CA_BUNDLE needed?",
    ProxyConnectionError: "look at HTTPS_PROXY and NO_PROXY",
    EndpointConnectionError: "is CUSTOMER_DYNAMODB_ENDPOINT right, and does a server run there?"
    " For AWS's own: is AWS_DEFAULT_REGION right?",
}


def check_endpoint(outcome: Outcome, endpoint: str) -> Finding:
    """Whether DynamoDB answers there."""
    if outcome.answered:
        return Finding("endpoint", Status.OK, f"{endpoint} answers")
    if outcome.error is None:
        detail = f"what answers at {endpoint} is not DynamoDB"
        remedy = "is CUSTOMER_DYNAMODB_ENDPOINT right, and no proxy in the way?"
        return Finding("endpoint", Status.FAILED, detail, remedy)
    for kind, remedy in _REMEDIES.items():
        if isinstance(outcome.error, kind):
            return Finding("endpoint", Status.FAILED, str(outcome.error), remedy)
    detail = f"{endpoint}: {type(outcome.error).__name__}: {outcome.error}"
    remedy = "is CUSTOMER_DYNAMODB_ENDPOINT right, and no proxy in the way?"
    return Finding("endpoint", Status.FAILED, detail, remedy)


def check_clock(outcome: Outcome, now: datetime) -> Finding:
    """Whether this machine's clock agrees with the store's."""
    try:
        # The subtraction may overflow too.
        seconds = round((now - read_date(outcome.headers.get("date"))).total_seconds())
    except FOREIGN_ERRORS:
        return Finding("clock", Status.SKIPPED, "this endpoint does not tell the time")
    if abs(seconds) < NOTICEABLE_SECONDS:
        return Finding("clock", Status.OK, f"agrees to {abs(seconds)} s")
    detail = f"this machine's is {abs(seconds)} s {'ahead of' if seconds > 0 else 'behind'} AWS's"
    bad = abs(seconds) >= TOLERATED_SECONDS
    detail += f"; AWS tolerates {TOLERATED_SECONDS} s"
    remedy = "set it by NTP, such as `timedatectl set-ntp true`"
    return Finding("clock", Status.FAILED if bad else Status.WARNING, detail, remedy)


def check_signature(outcome: Outcome) -> Finding:
    """Whether DynamoDB accepts the credentials, whatever they allow."""
    for code in outcome.codes:
        if code in _REFUSED_SIGNATURES:
            remedy = credentials_remedy(code)
            return Finding("signature", Status.FAILED, outcome.refusal, remedy)
    return Finding("signature", Status.OK, "DynamoDB accepts the credentials")
