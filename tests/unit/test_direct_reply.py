"""What the direct client makes of a response is what botocore makes of it."""

import json
from zlib import crc32

import pytest
from botocore.exceptions import ChecksumError, ClientError
from botocore.parsers import ResponseParserError

from cybershop_customer.adapters.dynamodb.direct_client.reply_reader import read_reply
from cybershop_customer.adapters.http_api.http_response import HttpResponse


def response(body: object, status: int = 200, **headers: str) -> HttpResponse:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return HttpResponse(status, {k.replace("_", "-"): v for k, v in headers.items()}, raw)


def test_a_reply_has_the_metadata_that_botocore_gives_it() -> None:
    reply = read_reply("GetItem", response({"Item": {"pk": {"S": "1"}}}, x_amzn_requestid="id"))

    assert reply == {
        "Item": {"pk": {"S": "1"}},
        "ResponseMetadata": {
            "HTTPStatusCode": 200,
            "HTTPHeaders": {"x-amzn-requestid": "id"},
            "RequestId": "id",
        },
    }


def test_null_is_nothing_and_binary_values_are_bytes() -> None:
    item = {"a": {"B": "/w=="}, "b": {"BS": ["/w=="]}, "c": {"M": {"d": {"L": [{"NULL": True}]}}}}

    reply = read_reply("Query", response({"Items": [item], "LastEvaluatedKey": None}))

    assert reply["Items"] == [{**item, "a": {"B": b"\xff"}, "b": {"BS": [b"\xff"]}}]
    assert "LastEvaluatedKey" not in reply


def test_a_damaged_body_is_no_reply() -> None:
    body = b'{"Item": {}}'
    assert read_reply("GetItem", response(body, x_amz_crc32=str(crc32(body))))["Item"] == {}

    with pytest.raises(ChecksumError):
        read_reply("GetItem", response(body, x_amz_crc32=str(crc32(body) + 1)))


@pytest.mark.parametrize(
    "name",
    [
        "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",
        "ResourceNotFoundException",
        "ResourceNotFoundException:http://internal.amazon.com/",
        "a#ResourceNotFoundException:b#c",
    ],
)
def test_an_error_has_its_name(name: str) -> None:
    with pytest.raises(ClientError) as error:
        read_reply("GetItem", response({"__type": name, "Message": "no table"}, 400))

    assert error.value.response["Error"] == {
        "Code": "ResourceNotFoundException",
        "Message": "no table",
    }


@pytest.mark.parametrize("body", [b"<html>", b"", b"\xff", {}, 100_000 * b"["])
def test_an_error_without_a_name_has_the_status(body: object) -> None:
    with pytest.raises(ClientError) as error:
        read_reply("GetItem", response(body, 503))

    assert error.value.response["Error"]["Code"] == "503"


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, []),
        (204, {}),
        (200, {"Item": []}),
        (200, {"Item": {"a": "text"}}),
        (200, {"Item": {"a": {"S": "1", "N": "1"}}}),
        (200, {"Item": {"a": {"S": 1}}}),
        (200, {"Item": {"a": {"N": 1}}}),
        (200, {"Item": {"a": {"BOOL": "true"}}}),
        (200, {"Item": {"a": {"SS": "abc"}}}),
        (200, {"Item": {"a": {"SS": [1]}}}),
        (200, {"Item": {"a": {"M": []}}}),
        (200, {"Item": {"a": {"B": 1}}}),
        (200, {"Item": {"a": {"X": "1"}}}),
        (200, {"Items": {}}),
        (200, {"Responses": {"t": {}}}),
        (200, {"UnprocessedKeys": {"t": {}}}),
        (200, {"UnprocessedItems": {"t": [{"PutRequest": {"Item": []}}]}}),
        (400, []),
        (400, {"__type": 5}),
        (400, {"__type": "x", "CancellationReasons": [None]}),
        (400, {"__type": "x", "CancellationReasons": [{"Code": 5}]}),
        (400, {"__type": "x", "Item": {"a": 1}}),
    ],
)
def test_another_form_is_no_reply(status: int, body: object) -> None:
    with pytest.raises(ResponseParserError):
        read_reply("GetItem", response(body, status))
