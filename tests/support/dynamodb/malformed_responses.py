"""Malformed responses of an endpoint, one of each kind."""

import json
from collections.abc import Mapping
from typing import Final

from support.dynamodb.stub_endpoint import Act, Exchange, hang_up, reply

DEEP: Final = 100_000 * b"["


def _partly(exchange: Exchange) -> None:
    """Announce more bytes than follow."""
    exchange.send_response(200)
    exchange.send_header("Content-Length", "1000")
    exchange.end_headers()
    exchange.wfile.write(b'{"Table": ')
    exchange.close_connection = True


def _no_http(exchange: Exchange) -> None:
    exchange.wfile.write(b"\x15\x03\x03\x00\x02\x02\x46 220 mail.example ESMTP\r\n\r\n")
    exchange.close_connection = True


def _no_gzip(exchange: Exchange) -> None:
    exchange.send_response(200)
    exchange.send_header("Content-Encoding", "gzip")
    exchange.send_header("Content-Length", "4")
    exchange.end_headers()
    exchange.wfile.write(b"none")


def _elsewhere(exchange: Exchange) -> None:
    exchange.send_response(302)
    exchange.send_header("Location", "http://127.0.0.1:1/login")
    exchange.send_header("Content-Length", "0")
    exchange.end_headers()


def _json(status: int, value: object) -> Act:
    return reply(status, json.dumps(value).encode())


_WRONG_TABLE: Final = {
    "TableArn": 1,
    "TableStatus": ["ACTIVE"],
    "KeySchema": [{"AttributeName": "pk"}],
    "AttributeDefinitions": [7],
}

MALFORMED_RESPONSES: Final[Mapping[str, Act]] = {
    "a page": reply(200, b"<html><body>Welcome</body></html>"),
    "a page with 500": reply(500, b"<html><body>Oops</body></html>"),
    "a page with 404": reply(404, b"<html><body>Not here</body></html>"),
    "nothing": reply(200, b""),
    "nothing, with 400": reply(400, b""),
    "truncated JSON": reply(200, b'{"Table": {"TableName": "cust'),
    "a list": _json(200, [1, 2]),
    "null": _json(200, None),
    "a number": _json(200, 5),
    "a text": _json(200, "text"),
    "an empty object": _json(200, {}),
    "a list where an object belongs": _json(200, {"Table": [], "TimeToLiveDescription": []}),
    "null where an object belongs": _json(200, {"Table": None, "ConsumedCapacity": None}),
    "an object without what it should have": _json(200, {"Table": {"TableName": "customer"}}),
    "values of other types": _json(200, {"Table": _WRONG_TABLE, "ConsumedCapacity": 3}),
    "a list with 400": _json(400, []),
    "an error whose name is a number": _json(400, {"__type": 5, "message": {}}),
    "an error whose name is a list": _json(400, {"__type": ["a"], "message": [1]}),
    "an error whose name is null": _json(500, {"__type": None, "message": None}),
    "reasons that are none": _json(
        400,
        {
            "__type": "x#TransactionCanceledException",
            "message": "",
            "CancellationReasons": [None, 5, {"Code": ["x"]}],
        },
    ),
    "binary": reply(200, b"\x00\xff\xfe\x80" * 50),
    "binary with 400": reply(400, b"\x00\xff\xfe\x80" * 50),
    "a deep list": reply(200, DEEP),
    "XML of another kind": reply(200, b"<a><b>1</b></a>"),
    "XML that is an error of another kind": reply(400, b"<a><b>1</b></a>"),
    "XML cut short": reply(200, b"<GetCallerIdentityResponse><GetCaller"),
    "a redirect": _elsewhere,
    "what is no gzip": _no_gzip,
    "less than announced": _partly,
    "what is no HTTP": _no_http,
    "a closed connection": hang_up,
}
