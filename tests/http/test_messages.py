"""The form of a message: its size, its type and its JSON."""

import gzip
import json

import pytest
from support.http.api import Answer, Api
from support.http.customer_api import BASE, a_message, faulty_fields, the_problem

MAX_BYTES = 64 * 1024


def post(api: Api, body: bytes, **headers: str) -> Answer:
    return api.post(f"{BASE}/", body=body, headers=headers)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"{", "line 1, column 2"),
        (b'{"email": "a"', "not JSON"),
        (b'{"email": "a",}', "not JSON"),
        (b"{'email': 'a'}", "not JSON"),
        (b'{"email": "a"} {}', "not JSON"),
        (b'{"email": "a\nb"}', "not JSON"),
        (b'{"email": "\\x"}', "not JSON"),
        (b" ", "not JSON"),
        (b"\0", "not JSON"),
        (b"email=a&password=b", "not JSON"),
        (b"<email>a</email>", "not JSON"),
        (b'{"email": NaN}', "NaN"),
        (b'{"email": Infinity}', "Infinity"),
        (b'{"email": -Infinity}', "-Infinity"),
        (b'{"email": ' + b"9" * 5000 + b"}", "number"),
        (b'{"email": "a", "email": "a"}', "has the field 'email' twice."),
        (b'{"email": "a", "\\u0065mail": "b"}', "twice"),
        (b'{"email": {"a": 1, "a": 2}}', "has the field 'a' twice."),
        (b'{"\\n\\u202e": 1, "\\n\\u202e": 2}', r"has the field '\n\u202e' twice."),
        (b'{"' + b"a" * 99 + b'": 1, "' + b"a" * 99 + b'": 2}', f"'{'a' * 64}' twice."),
        (b'\xef\xbb\xbf{"email": "a"', "not JSON"),
        (b"\xef\xbb\xbf", "not JSON"),
        (b'\xef\xbb\xbf\xef\xbb\xbf{"email": "a"}', "not JSON"),
        ('{"email": "a"}'.encode("utf-16"), "not UTF-8"),
        ('{"email": "a"}'.encode("utf-32-le"), "not JSON"),
        (b'{"email": "\xff"}', "not UTF-8"),
        (b'{"email": "\xc0\x80"}', "not UTF-8"),
        (b'{"email": "\xed\xa0\x80"}', "not UTF-8"),
        (b'{"email": ' + b"[" * 30_000, "nested"),
        (b'{"email": ' + b'{"a":' * 10_000, "nested"),
        (b"[" * 30_000, "nested"),
        (b"[]", "object"),
        (b'"email"', "object"),
        (b"1", "object"),
        (b"true", "object"),
        (b"null", "object"),
        (b"[{}]", "object"),
    ],
)
def test_a_body_that_is_not_one_json_object_is_refused(api: Api, body: bytes, why: str) -> None:
    problem = the_problem(post(api, body), 400, "malformed-message")

    assert why in problem["detail"]
    assert problem["title"] == "The message is malformed"


@pytest.mark.parametrize("value", [None, 1, 0, -1.5, 10**400, True, False, [], ["a"], {}, {"a": 1}])
def test_every_field_is_a_string(api: Api, admin: str, value: object) -> None:
    messages = {
        "POST /": ["customer_id", "email", "password", "fname", "address2"],
        "PUT /": ["customer_id", "email", "password", "lname", "address1"],
        "DELETE /": ["customer_id"],
        "PUT /login": ["customer_id", "email", "password"],
        "PUT /logoff": ["customer_id", "context_id"],
        "POST /session": ["customer_id", "context_id"],
        "GET /session": ["customer_id", "context_id"],
    }
    for operation, fields in messages.items():
        method, path = operation.split()
        answer = api.request(method, f"{BASE}{path}", dict.fromkeys(fields, value), bearer=admin)
        assert set(faulty_fields(answer)) >= set(fields), operation


def test_unknown_fields_are_refused_by_name(api: Api) -> None:
    answer = api.post(f"{BASE}/", a_message("zoe", nickname="Z", Fname="Zoe", **{"": "x"}))

    assert faulty_fields(answer) == ["nickname", "Fname", ""]
    assert "customer_id, email, password" in answer.json["errors"][0]["detail"]


def test_an_unknown_fields_name_is_repeated_only_in_part(api: Api) -> None:
    answer = api.post(f"{BASE}/", a_message("zoe", **{"x" * 10_000: "", "\ud800\n": ""}))

    assert faulty_fields(answer) == ["x" * 64, "\\ud800\n"]


def test_only_the_first_of_many_unknown_fields_are_reported(api: Api) -> None:
    answer = api.post(f"{BASE}/", {f"field{number}": "" for number in range(1000)})

    reported = faulty_fields(answer)
    assert reported == [*(f"field{number}" for number in range(20)), "email", "password"]


def test_a_missing_message_lacks_every_required_field(api: Api) -> None:
    assert faulty_fields(api.post(f"{BASE}/")) == ["email", "password"]


class TestSize:
    def padded(self, size: int) -> bytes:
        message = json.dumps(a_message("zoe")).encode()
        return message + b" " * (size - len(message))

    def test_a_message_may_have_64_kib(self, api: Api) -> None:
        assert post(api, self.padded(MAX_BYTES)).status == 200

    @pytest.mark.parametrize("size", [MAX_BYTES + 1, 15 * MAX_BYTES])
    def test_a_longer_message_is_refused(self, api: Api, size: int) -> None:
        problem = the_problem(post(api, self.padded(size)), 413, "message-too-large")

        assert str(MAX_BYTES) in problem["detail"]


class TestContentType:
    BODY = json.dumps(a_message("zoe")).encode()

    @pytest.mark.parametrize(
        "content_type",
        [
            "application/json",
            "Application/JSON",
            "application/json; charset=utf-8",
            'application/json;charset="UTF-8"',
            "application/json; charset=utf8",
            "application/json; charset=UTF8",
            'application/json; Charset="csUTF8"',
            "application/json; version=1; charset=utf-8",
            "application/json; charset",
            "application/json;",
            " application/json ",
        ],
    )
    def test_json_in_utf_8_is_taken(self, api: Api, content_type: str) -> None:
        assert post(api, self.BODY, **{"Content-Type": content_type}).status == 200

    @pytest.mark.parametrize(
        "content_type",
        [
            "",
            "text/plain",
            "text/json",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/json-patch+json",
            "application/problem+json",
            "application/jsonx",
            "json",
            "application/json; charset=utf-16",
            "application/json; charset=latin-1",
            "application/json; charset=utf-8; charset=utf-16",
            "application/json; charset=",
            "application/json, text/plain",
            "\xff",
        ],
    )
    def test_anything_else_is_refused(self, api: Api, content_type: str) -> None:
        answer = post(api, self.BODY, **{"Content-Type": content_type})

        the_problem(answer, 415, "unsupported-media-type")

    @pytest.mark.parametrize(
        ("content_type", "shown_type"),
        [
            ("application/json; charset=utf-16", "'utf-16'"),
            ("application/json; charset=\xff<b>", "'\\xff<b>'"),
            ("application/json; charset=" + "x" * 500, f"'{'x' * 64}'"),
            ("text/plain; charset=utf-8", "'text/plain'"),
        ],
    )
    def test_a_refusal_names_what_was_sent_and_what_to_send(
        self, api: Api, content_type: str, shown_type: str
    ) -> None:
        answer = post(api, self.BODY, **{"Content-Type": content_type})

        detail = the_problem(answer, 415, "unsupported-media-type")["detail"]
        assert f"is {shown_type}. Send" in detail
        assert "'Content-Type: application/json'" in detail

    def test_a_byte_order_mark_is_ignored(self, api: Api) -> None:
        assert post(api, b"\xef\xbb\xbf" + self.BODY).status == 200

    @pytest.mark.parametrize("coding", ["gzip", "GZIP", "br", "identity, gzip", "\xff"])
    def test_a_compressed_message_is_refused_with_advice(self, api: Api, coding: str) -> None:
        body = gzip.compress(self.BODY)

        answer = post(api, body, **{"Content-Encoding": coding})

        detail = the_problem(answer, 415, "unsupported-media-type")["detail"]
        assert "uncompressed" in detail
        assert answer.headers["accept-encoding"] == "identity"

    @pytest.mark.parametrize("coding", ["identity", "Identity", ""])
    def test_identity_is_no_compression(self, api: Api, coding: str) -> None:
        assert post(api, self.BODY, **{"Content-Encoding": coding}).status == 200

    def test_a_request_without_a_message_needs_no_type(self, api: Api, admin: str) -> None:
        answer = api.put(f"{BASE}/logoff", bearer=admin, headers={"Content-Type": "text/plain"})

        assert answer.status == 200
