"""Events as Amazon API Gateway sends them to a Lambda authorizer.

They have the fields and forms of the Amazon API Gateway Developer Guide: "Control access to HTTP
APIs with AWS Lambda authorizers" (http-api-lambda-authorizer.html, payload formats 2.0 and 1.0) and
"Input to an API Gateway Lambda authorizer" (api-gateway-lambda-authorizer-input.html, TOKEN and
REQUEST). They were written from these pages, and not recorded on AWS.
"""

from collections.abc import Callable
from typing import Any, Final

Event = dict[str, Any]
MakeEvent = Callable[..., Event]
"""Makes the event of a request with the header Authorization, or without it."""

ARN: Final = "arn:aws:execute-api:eu-central-1:123456789012:abcdef123/test/GET/cart"
RECEIVED: Final = 1583348638390
"""Milliseconds since the epoch."""


def http_api_2_0(authorization: object = None, *, received: int = RECEIVED) -> Event:
    """An HTTP API with payload format 2.0."""
    headers: dict[str, object] = {"host": "id.execute-api.eu-central-1.amazonaws.com"}
    if authorization is not None:
        headers["authorization"] = authorization
    return {
        "version": "2.0",
        "type": "REQUEST",
        "routeArn": ARN,
        "identitySource": [authorization],
        "routeKey": "GET /cart",
        "rawPath": "/cart",
        "rawQueryString": "page=1&page=2",
        "cookies": ["cookie1", "cookie2"],
        "headers": headers,
        "queryStringParameters": {"page": "1,2"},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abcdef123",
            "authentication": None,
            "domainName": "id.execute-api.eu-central-1.amazonaws.com",
            "domainPrefix": "id",
            "http": {
                "method": "GET",
                "path": "/cart",
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "agent",
            },
            "requestId": "id",
            "routeKey": "GET /cart",
            "stage": "test",
            "time": "04/Mar/2020:19:03:58 +0000",
            "timeEpoch": received,
        },
        "pathParameters": {"parameter1": "value1"},
        "stageVariables": {"stageVariable1": "value1"},
    }


def http_api_1_0(authorization: object = None, *, received: int = RECEIVED) -> Event:
    """An HTTP API with payload format 1.0."""
    return {
        "version": "1.0",
        **_request(authorization, received),
        "identitySource": authorization,
        "authorizationToken": authorization,
    }


def rest_api_request(authorization: object = None, *, received: int = RECEIVED) -> Event:
    """A REST API with an authorizer of the type REQUEST."""
    event = _request(authorization, received)
    lists = {name: [value] for name, value in event["headers"].items()}
    return {**event, "multiValueHeaders": lists, "multiValueQueryStringParameters": {}}


def rest_api_token(authorization: object = None) -> Event:
    """A REST API with an authorizer of the type TOKEN."""
    return {"type": "TOKEN", "authorizationToken": authorization, "methodArn": ARN}


def _request(authorization: object, received: int) -> Event:
    headers: dict[str, object] = {"Accept": "*/*", "X-Forwarded-For": "192.0.2.1"}
    if authorization is not None:
        headers["Authorization"] = authorization
    return {
        "type": "REQUEST",
        "methodArn": ARN,
        "resource": "/cart",
        "path": "/cart",
        "httpMethod": "GET",
        "headers": headers,
        "queryStringParameters": {"page": "2"},
        "pathParameters": {},
        "stageVariables": {"StageVar1": "stageValue1"},
        "requestContext": {
            "path": "/cart",
            "accountId": "123456789012",
            "resourceId": "05c7jb",
            "stage": "test",
            "requestId": "id",
            "identity": {"apiKey": "", "sourceIp": "192.0.2.1"},
            "resourcePath": "/cart",
            "httpMethod": "GET",
            "apiId": "abcdef123",
            "requestTimeEpoch": received,
        },
    }


HTTP_APIS: Final[list[MakeEvent]] = [http_api_2_0, http_api_1_0]
REST_APIS: Final[list[MakeEvent]] = [rest_api_request, rest_api_token]
EVERY_API: Final[list[MakeEvent]] = [*HTTP_APIS, *REST_APIS]
