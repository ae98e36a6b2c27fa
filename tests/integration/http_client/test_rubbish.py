"""Any response but the service's own makes the checker unavailable. It refuses no session."""

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.http.raw_server import (
    PROBLEM,
    Act,
    RawServer,
    answer,
    echo,
    problem,
    raw_server,
    reset,
    say,
    say_and_hang_up,
)
from support.http.session_replies import (
    CONTEXT_ID,
    SESSION,
    SESSION_ID,
    everything_shown_by,
    refusal,
)

from cybershop_customer import (
    CheckerUnavailableError,
    ContextId,
    RefusalReason,
    Session,
    SessionRefusedError,
)
from cybershop_customer.adapters.http_client.session_checker import HttpSessionChecker

WAYS = ("threads", "asyncio")

At = Callable[..., tuple[HttpSessionChecker, RawServer]]

GOOD = answer(200, SESSION)
OTHER_ID = ContextId.new("zoe", bytes(32)).session_id


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in SESSION.items() if key != name}


def chunked(data: bytes, status: int = 200) -> bytes:
    head = f"HTTP/1.1 {status} OK\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    return head + b"%x\r\n%b\r\n0\r\n\r\n" % (len(data), data)


BODY = json.dumps(SESSION).encode()
MANY_HEADERS = {f"X-{number}": "x" for number in range(150)}

UNUSABLE: dict[str, bytes] = {
    "not HTTP": b"220 mail.shop.example ESMTP\r\n",
    "binary": bytes(range(256)) * 4,
    "HTTP/2": b"HTTP/2 200\r\n\r\n",
    "no status": b"HTTP/1.1\r\n\r\n",
    "odd status": b"HTTP/1.1 2000 OK\r\n\r\n",
    "only a status line": b"HTTP/1.1 200 OK\r\n",
    "cut off in the headers": GOOD[:40],
    "cut off in the body": GOOD[:-5],
    "longer than its length": GOOD.replace(b"Content-Length: 1", b"Content-Length: "),
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\n{}",
    "negative length": b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n{}",
    "length of thousands of digits": b"HTTP/1.1 200 OK\r\nContent-Length: "
    + b"9" * 5000
    + b"\r\n\r\n{}",
    "bad chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n{}",
    "cut off chunks": chunked(BODY)[:-9],
    "headers that are none": GOOD.replace(b"Content-Type:", b"Content Type\r\nX"),
    "many headers": answer(200, SESSION, **MANY_HEADERS),
    "a huge header": answer(200, SESSION, X_Huge="x" * 70_000),
    "HTML": answer(200, b"<html><body>Sign in to the Wi-Fi</body></html>"),
    "nothing": answer(200, b""),
    "no content": answer(204, b""),
    "partial content": answer(206, SESSION),
    "a list": answer(200, [SESSION]),
    "a string": answer(200, "zoe"),
    "null": answer(200, None),
    "deeply nested": answer(200, b"[" * 60_000),
    "not UTF-8": answer(200, BODY.replace(b"buyer", b"buy\xff")),
    "too long": answer(200, {**SESSION, "more": "x" * 70_000}),
    "a byte too long": answer(200, BODY + b" " * (64 * 1024 + 1 - len(BODY))),
    "too long, in chunks": chunked(json.dumps({**SESSION, "more": "x" * 70_000}).encode()),
    "gzip": answer(200, gzip.compress(BODY), Content_Encoding="gzip"),
    "another customer": answer(200, {**SESSION, "customer_id": "yan"}),
    "a customer that is a number": answer(200, {**SESSION, "customer_id": 7}),
    "roles that are a string": answer(200, {**SESSION, "roles": "admin"}),
    "roles that are an object": answer(200, {**SESSION, "roles": {"admin": True}}),
    "a role that is a number": answer(200, {**SESSION, "roles": ["admin", 7]}),
    "a role that is a list": answer(200, {**SESSION, "roles": [["admin"]]}),
    "a proof that is a string": answer(200, {**SESSION, "email_verified": "true"}),
    "a proof that is a number": answer(200, {**SESSION, "email_verified": 1}),
    "a proof that is null": answer(200, {**SESSION, "email_verified": None}),
    "a time that is a number": answer(200, {**SESSION, "issued_at": 1_937_000_000}),
    "a time without a zone": answer(200, {**SESSION, "issued_at": "2031-05-17T12:00:00"}),
    "a day": answer(200, {**SESSION, "issued_at": "2031-05-17"}),
    "ISO 8601, but not RFC 3339": answer(200, {**SESSION, "issued_at": "20310517T120000Z"}),
    "a time that never is": answer(200, {**SESSION, "expires_at": "2031-02-30T12:00:00Z"}),
    "a time before all time": answer(200, {**SESSION, "expires_at": "0001-01-01T00:00:00+05:00"}),
    **{f"no {name}": answer(200, without(name)) for name in SESSION},
    "a redirect": answer(302, b"", Location="http://127.0.0.1:1/elsewhere"),
    "a permanent redirect": answer(308, b"", Location="/api/v1/customer/session?x"),
    "a stranger's 401": answer(401, {"error": "who are you"}, WWW_Authenticate="Basic"),
    "a stranger's 401 in HTML": answer(401, b"<html>401</html>"),
    "a stranger's 403": answer(403, b"forbidden"),
    "a stranger's 404": answer(404, b"not found"),
    "a 401 of the same problem elsewhere": answer(
        401, {"type": "urn:other:problem:session-refused", "reason": "unknown"}
    ),
    "a 401 with another problem": problem(401, "login-refused"),
    # The checker sent a well-formed context_id.
    "a bearer that a proxy took away": problem(401, "session-refused", reason="missing"),
    "a bearer that a proxy changed": problem(401, "session-refused", reason="malformed"),
    "the problem with another status": problem(
        403, "session-refused", reason="unknown", session_id=SESSION_ID
    ),
    "the answer about another session": answer(200, {**SESSION, "session_id": OTHER_ID}),
    "the refusal of another session": problem(
        401, "session-refused", reason="revoked", session_id=OTHER_ID
    ),
    "a refusal that names no session": problem(401, "session-refused", reason="unknown"),
    "400": problem(400, "invalid-input"),
    "404": problem(404, "not-found"),
    "418": answer(418, b""),
    "429": answer(429, b""),
    "500": problem(500, "internal-error"),
    "502": answer(502, b"<html>bad gateway</html>"),
    "503": problem(503, "checker-unavailable"),
    "999": answer(999, b""),
    "switching protocols": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n",
}


@pytest.mark.parametrize("data", UNUSABLE.values(), ids=UNUSABLE)
def test_an_unusable_response_makes_the_checker_unavailable(
    checker_at: At, data: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    checker, server = checker_at(say_and_hang_up(data))

    with pytest.raises(CheckerUnavailableError) as caught:
        checker.check_session(CONTEXT_ID)

    assert 1 <= len(server.requests) <= 2
    assert CONTEXT_ID not in everything_shown_by(caught.value)
    told = [record for record in caplog.records if record.name == "cybershop_customer.client"]
    assert len(told) == 1
    assert server.url in told[0].getMessage()


@pytest.mark.parametrize("act", [say_and_hang_up(), reset], ids=["closed", "reset"])
def test_a_connection_without_a_response_makes_the_checker_unavailable(
    checker_at: At, act: Act
) -> None:
    checker, _ = checker_at(act)

    with pytest.raises(CheckerUnavailableError):
        checker.check_session(CONTEXT_ID)


def test_a_closed_port_makes_the_checker_unavailable(
    checker_at: At, checker_of: Callable[..., HttpSessionChecker]
) -> None:
    with raw_server(reset) as server:
        url = server.url

    with pytest.raises(CheckerUnavailableError):
        checker_of(url).check_session(CONTEXT_ID)


USABLE = {
    "plain": GOOD,
    "HTTP/1.0": GOOD.replace(b"HTTP/1.1", b"HTTP/1.0"),
    "in chunks": chunked(BODY),
    "until it hangs up": b"HTTP/1.1 200 OK\r\n\r\n" + BODY,
    "after 100 Continue": b"HTTP/1.1 100 Continue\r\n\r\n" + GOOD,
    "no type": GOOD.replace(b"application/json", b"text/plain"),
    "more fields": answer(200, {**SESSION, "email": None, "level": 3}),
    "other zone": answer(
        200,
        {
            **SESSION,
            "issued_at": "2031-05-17T14:00:00.123456+02:00",
            "expires_at": "2031-05-17T08:30:00.123456-04:00",
        },
    ),
    "finer than microseconds": GOOD.replace(b".123456Z", b".1234567Z").replace(
        b"Content-Length: " + str(len(BODY)).encode(),
        b"Content-Length: " + str(len(BODY) + 2).encode(),
    ),
    "up to the limit": answer(200, BODY + b" " * (64 * 1024 - len(BODY))),
}


@pytest.mark.parametrize("data", USABLE.values(), ids=USABLE)
def test_an_unusual_but_valid_response_is_used(checker_at: At, data: bytes) -> None:
    plain, _ = checker_at(say(GOOD))
    checker, _ = checker_at(say_and_hang_up(data))

    session = checker.check_session(CONTEXT_ID, role="buyer")

    assert session == plain.check_session(CONTEXT_ID)
    assert session.roles == {"admin", "buyer"}
    assert session.issued_at.isoformat() == "2031-05-17T12:00:00.123456+00:00"


@pytest.mark.parametrize("verified", [True, False])
def test_the_answer_says_whether_the_address_is_proven(checker_at: At, verified: bool) -> None:
    checker, _ = checker_at(say(answer(200, {**SESSION, "email_verified": verified})))

    assert checker.check_session(CONTEXT_ID).email_verified is verified


def test_a_service_of_an_older_version_proves_no_address(checker_at: At) -> None:
    checker, _ = checker_at(say(answer(200, without("email_verified"))))

    assert checker.check_session(CONTEXT_ID).email_verified is False


@pytest.mark.parametrize(
    "reason", [RefusalReason.UNKNOWN, RefusalReason.EXPIRED, RefusalReason.REVOKED]
)
def test_a_refusal_of_the_service_is_raised(checker_at: At, reason: RefusalReason) -> None:
    checker, server = checker_at(say(refusal(reason.value)))

    with pytest.raises(SessionRefusedError) as caught:
        checker.check_session(CONTEXT_ID)

    assert caught.value.reason is reason
    assert len(server.requests) == 1


@pytest.mark.parametrize("reason", ["stolen", None, 7, ["expired"], {"a": 1}])
def test_a_reason_of_a_later_version_is_unknown(checker_at: At, reason: object) -> None:
    checker, _ = checker_at(say(refusal(reason)))

    with pytest.raises(SessionRefusedError) as caught:
        checker.check_session(CONTEXT_ID)

    assert caught.value.reason is RefusalReason.UNKNOWN


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        ("60", 60),
        ("0", 1),
        ("61", 60),
        ("9" * 5000, 60),
        ("-1", 1),
        ("1.5", 1),
        ("soon", 1),
        ("²", 1),
        ("Sat, 17 May 2031 12:00:00 GMT", 1),
    ],
)
def test_the_error_has_a_bounded_retry_after(checker_at: At, header: str, seconds: int) -> None:
    data = problem(503, "checker-unavailable").replace(
        b"\r\n\r\n", f"\r\nRetry-After: {header}\r\n\r\n".encode(), 1
    )
    checker, _ = checker_at(say(data))

    with pytest.raises(CheckerUnavailableError) as caught:
        checker.check_session(CONTEXT_ID)

    assert caught.value.retry_after == seconds


def test_a_redirect_is_not_followed(checker_at: At, server_of: Callable[..., RawServer]) -> None:
    other = server_of(say(GOOD))
    checker, _ = checker_at(say(answer(307, b"", Location=other.url)))

    with pytest.raises(CheckerUnavailableError):
        checker.check_session(CONTEXT_ID)

    assert other.requests == []


ECHOES = {
    "the status line": ["{}\r\n\r\n"],
    "the reason": ["HTTP/1.1 500 {}\r\nContent-Length: 0\r\n\r\n"],
    "a header": ["HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: {}\r\n\r\n"],
    "a header that is none": ["HTTP/1.1 200 OK\r\n{}\r\nContent-Length: 2\r\n\r\n{{}}"],
    "the length": ["HTTP/1.1 200 OK\r\nContent-Length: 1, {}\r\n\r\n"],
    "the chunks": ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{}\r\n"],
    "the coding": ["HTTP/1.1 200 OK\r\nContent-Encoding: {}\r\nContent-Length: 0\r\n\r\n"],
    "the body": ["HTTP/1.1 200 OK\r\n\r\n{}"],
    "the redirect": ["HTTP/1.1 302 OK\r\nLocation: http://{}/\r\nContent-Length: 0\r\n\r\n"],
    "the problem": ['HTTP/1.1 401 No\r\n\r\n{"type": "', PROBLEM, '{}"}'],
    "the reason of a refusal": [
        'HTTP/1.1 401 No\r\n\r\n{"type": "',
        PROBLEM,
        f'session-refused", "session_id": "{SESSION_ID}"',
        ', "reason": "{}"}',
    ],
}


@pytest.mark.parametrize("parts", ECHOES.values(), ids=ECHOES)
def test_a_secret_that_the_server_echoes_is_in_no_error(checker_at: At, parts: list[str]) -> None:
    """A fixture in conftest.py checks the logs."""
    checker, server = checker_at(echo(parts))

    with pytest.raises((CheckerUnavailableError, SessionRefusedError)) as caught:
        checker.check_session(CONTEXT_ID)

    assert CONTEXT_ID.encode() in server.requests[0]
    assert CONTEXT_ID.partition(".")[0] not in everything_shown_by(caught.value)
    assert CONTEXT_ID not in repr(checker)
    assert CONTEXT_ID not in repr(vars(checker))


@pytest.fixture
def any_server(server_of: Callable[..., RawServer]) -> RawServer:
    server: RawServer = server_of(reset)
    return server


@given(
    data=st.one_of(
        st.binary(max_size=300),
        st.binary(max_size=100).map(lambda rest: b"HTTP/1.1 200 OK\r\n" + rest + b"\r\n\r\n"),
        st.tuples(st.integers(0, len(GOOD)), st.binary(max_size=8)).map(
            lambda change: GOOD[: change[0]] + change[1] + GOOD[change[0] + len(change[1]) :]
        ),
    )
)
@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_bytes_are_a_response_or_make_the_checker_unavailable(
    any_server: RawServer, data: bytes
) -> None:
    any_server.acts[:] = [say_and_hang_up(data)]
    checker = HttpSessionChecker(any_server.url, time_limit=10, sleep=lambda _seconds: None)
    try:
        found: object = checker.check_session(CONTEXT_ID)
    except CheckerUnavailableError:
        found = None
    finally:
        checker.close()

    assert found is None or (isinstance(found, Session) and found.customer_id == "zoe")
