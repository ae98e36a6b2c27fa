"""The answers of a Lambda authorizer.

Each kind of API turns them into a status in its own way (Amazon API Gateway Developer Guide,
"Output from an API Gateway Lambda authorizer", "Control access to HTTP APIs with AWS Lambda
authorizers"):

=============  ==========================================  =====================================
answer         HTTP API                                    REST API
=============  ==========================================  =====================================
session        the request passes                          the request passes
refused        403, since nothing else is documented       401: the error "Unauthorized"
role missing   403                                         403: a policy that denies
error          500                                         500
=============  ==========================================  =====================================
"""

from typing import TypeAlias

from ...domain.audit import rfc3339
from ...domain.errors import ForbiddenError, SessionRefusedError
from ...domain.session import Session
from .authorizer_event import ApiKind, AuthorizerEvent

Context: TypeAlias = dict[str, str | bool]
"""What API Gateway hands on. A REST API takes only strings, numbers and booleans."""
Answer: TypeAlias = dict[str, object]


def answer_session(event: AuthorizerEvent, session: Session) -> Answer:
    """Let the request pass, with the identity in the context."""
    context: Context = {
        "customer_id": session.customer_id,
        "roles": ",".join(sorted(session.roles)),
        "session_expires_at": rfc3339(session.expires_at),
        "email_verified": session.email_verified,
    }
    return _answer(event, session.customer_id, context, allowed=True)


def answer_refusal(event: AuthorizerEvent, error: SessionRefusedError | ForbiddenError) -> Answer:
    """Refuse the request. The context has the reason, for the access log of the API.

    Raises:
        Exception: a REST API turns it into a 401.
    """
    if isinstance(error, ForbiddenError):
        reason = "forbidden"
    elif event.api is ApiKind.REST:
        # API Gateway compares this text.
        raise Exception("Unauthorized") from None  # noqa: TRY002
    else:
        reason = error.reason.value
    return _answer(event, "unknown", {"refusal": reason}, allowed=False)


def _answer(event: AuthorizerEvent, principal: str, context: Context, *, allowed: bool) -> Answer:
    if event.api is ApiKind.HTTP_SIMPLE:
        return {"isAuthorized": allowed, "context": context}
    statement = {
        "Effect": "Allow" if allowed else "Deny",
        "Action": "execute-api:Invoke",
        "Resource": event.resource,
    }
    return {
        "principalId": principal,
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": context,
    }
