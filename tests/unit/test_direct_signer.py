"""The direct client signs each request as botocore would."""

from datetime import UTC, datetime

import pytest
import time_machine
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import CredentialRetrievalError
from hypothesis import given
from hypothesis import strategies as st

from cybershop_customer.adapters.dynamodb.direct_client.credential_source import FrozenCredentials
from cybershop_customer.adapters.dynamodb.direct_client.endpoint import Endpoint
from cybershop_customer.adapters.dynamodb.direct_client.request_encoder import RequestEncoder
from cybershop_customer.adapters.dynamodb.direct_client.signer import Signer

DAY = datetime(2031, 5, 17, 12, tzinfo=UTC)
WORDS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40)
URLS = st.sampled_from(
    [
        "https://dynamodb.eu-central-1.amazonaws.com",
        "http://127.0.0.1:8000",
        "http://[::1]:8000",
        "https://dynamodb.eu-central-1.amazonaws.com:443",
        "http://localhost:4566/a path/~x",
        "http://localhost:4566/x/",
    ]
)


def parts(data: bytes) -> tuple[str, dict[str, str], bytes]:
    """The first line, the headers and the body of a request."""
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    return first, dict(line.split(": ", 1) for line in lines), body


@given(
    url=URLS,
    region=st.sampled_from(["eu-central-1", "us-gov-west-1"]),
    key=st.builds(FrozenCredentials, WORDS, WORDS, st.none() | WORDS),
    seconds=st.integers(-(10**8), 10**8),
    request=st.dictionaries(st.text(max_size=9), st.text() | st.booleans(), max_size=4),
)
def test_it_agrees_with_botocore(
    url: str,
    region: str,
    key: FrozenCredentials,
    seconds: int,
    request: dict[str, object],
) -> None:
    moment = DAY.timestamp() + seconds
    endpoint = Endpoint(url.replace(" ", "%20"), region)
    signer = Signer(region, endpoint.path, now=lambda: moment)
    encoder = RequestEncoder(endpoint, "us", signer=signer)

    first, headers, body = parts(encoder.encode("GetItem", request, key))

    ours = {
        name: value
        for name, value in headers.items()
        if name in {"Host", "Content-Type", "X-Amz-Target"}
    }
    theirs = AWSRequest("POST", endpoint.url, ours, body)
    with time_machine.travel(moment, tick=False):
        SigV4Auth(
            Credentials(key.access_key, key.secret_key, key.token), "dynamodb", region
        ).add_auth(theirs)
    assert first == f"POST {endpoint.path} HTTP/1.1"
    assert headers["Authorization"] == theirs.headers["Authorization"]
    assert headers["X-Amz-Date"] == theirs.headers["X-Amz-Date"]
    assert headers.get("X-Amz-Security-Token") == theirs.headers.get("X-Amz-Security-Token")
    assert headers["Content-Length"] == str(len(body))


def test_the_key_changes_with_the_day_and_the_credentials() -> None:
    times = iter([DAY.timestamp(), DAY.timestamp() + 86400, DAY.timestamp() + 86400])
    signer = Signer("eu-central-1", now=lambda: next(times))
    reused = [
        signer.authorization(
            {"host": "h"}, b"", signer.timestamp(), FrozenCredentials("a", secret, None)
        )
        for secret in ("s", "s", "t")
    ]
    new = []
    for moment, secret in ((0, "s"), (86400, "s"), (86400, "t")):
        fresh = Signer("eu-central-1", now=lambda moment=moment: DAY.timestamp() + moment)  # type: ignore[misc]
        new.append(
            fresh.authorization(
                {"host": "h"}, b"", fresh.timestamp(), FrozenCredentials("a", secret, None)
            )
        )

    assert reused == new
    assert len(set(new)) == 3


@pytest.mark.parametrize("token", [" a  b ", "a b", "a"])
def test_spaces_in_a_token_are_signed_as_a_reader_of_the_header_sees_them(token: str) -> None:
    key = FrozenCredentials.of(Credentials("id", "secret", token))

    assert key.token == " ".join(token.split())


@pytest.mark.parametrize("value", ["SECRET\n", "SECRET\r\nX-Other: 1", "SECRET\u2028", "SECRETé"])
def test_a_key_that_no_header_can_have_is_refused_and_not_shown(value: str) -> None:
    """A provider may return any, for example from a file of the machine."""
    for credentials in (Credentials(value, "s", None), Credentials("id", "s", value)):
        with pytest.raises(CredentialRetrievalError) as error:
            FrozenCredentials.of(credentials)
        assert "SECRET" not in str(error.value)


def test_a_key_does_not_show_its_secrets() -> None:
    assert (
        repr(FrozenCredentials("AKIA", "secret", "token")) == "FrozenCredentials(access_key='AKIA')"
    )


def test_binary_values_are_base64_and_others_are_refused() -> None:
    endpoint = Endpoint("http://127.0.0.1:1", "eu-central-1")
    encoder = RequestEncoder(endpoint, "us", signer=Signer("eu-central-1"))

    _, _, body = parts(
        encoder.encode("PutItem", {"a": {"B": b"\xff"}}, FrozenCredentials("a", "b", None))
    )

    assert body == b'{"a":{"B":"/w=="}}'
    with pytest.raises(TypeError, match="a value of type set has no form"):
        encoder.encode("PutItem", {"a": {1}}, FrozenCredentials("a", "b", None))
