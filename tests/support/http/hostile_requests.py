"""Hostile requests: the service must refuse each of them, and change nothing."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import Any, Final

from support.http.api import Request
from support.http.customer_api import BASE, PASSWORD
from support.http.hostile_values import (
    EMAIL_PARTS,
    HEADERS,
    METHODS,
    NO_JSON,
    NO_STRINGS,
    PATHS,
    QUERIES,
    REFUSED_TEXTS,
    STRANGE_TEXTS,
)

_TEXTS: Final = ("fname", "lname", "address1", "address2", "locale")


@dataclass(frozen=True)
class Victims:
    """The customer that the requests attack, and leaked credentials."""

    customer_id: str
    email: str
    context_id: str
    admin_context_id: str
    reset_token: str
    session_id: str


class Attacker:
    """Makes hostile requests; the same ``seed`` gives the same requests."""

    def __init__(self, seed: int, victims: Victims) -> None:
        self._random = Random(seed)
        self._victims = victims
        self._kinds: list[Callable[[], Request]] = [
            self._a_field_of_another_type,
            self._a_text_that_breaks_a_rule,
            self._an_invalid_password,
            self._an_unknown_field,
            self._a_missing_field,
            self._a_body_that_is_no_message,
            self._a_body_cut_or_mangled,
            self._a_message_far_too_large,
            self._another_content_type,
            self._an_unknown_method,
            self._an_unknown_path,
            self._a_strange_query,
            self._a_strange_header,
            self._a_guess,
            self._a_taken_identity,
            self._a_wrong_version,
        ]

    def requests(self, count: int) -> Iterator[Request]:
        """Yield ``count`` requests, of every kind in turn."""
        for number in range(count):
            yield self._kinds[number % len(self._kinds)]()

    def _any(self, choices: Any) -> Any:
        return self._random.choice(choices)

    def _target(self, path: str) -> str:
        return BASE + path + self._any(("", "/", "/", "?x=1"))

    def _operation(self) -> tuple[str, str, dict[str, object], str | None]:
        """Method, path, message and bearer of an operation that would succeed."""
        victims = self._victims
        me = victims.customer_id
        number = self._random.getrandbits(64)
        profile = dict.fromkeys(_TEXTS, "new")
        new = {"email": f"h{number}@shop.example", "password": PASSWORD, **profile}
        pair = {"customer_id": me, "context_id": victims.context_id}
        return self._any(
            (
                ("POST", "", {"customer_id": f"hostile-{number}", **new}, None),
                ("PUT", "", {"customer_id": me, **new}, victims.admin_context_id),
                ("PUT", f"/{me}", {"customer_id": me, **new}, victims.admin_context_id),
                ("DELETE", "", {"customer_id": me}, victims.admin_context_id),
                ("DELETE", f"/{me}", {"customer_id": me}, victims.admin_context_id),
                ("PUT", "/login", {"customer_id": me, "password": PASSWORD}, None),
                ("PUT", "/logoff", pair, None),
                ("POST", "/session", pair, None),
                ("GET", "/session", pair, None),
                ("PATCH", "/me", profile, victims.context_id),
                (
                    "PUT",
                    "/me/password",
                    {"password": PASSWORD, "new_password": f"{PASSWORD} 2", "device_token": "x"},
                    victims.context_id,
                ),
                ("PUT", "/me/email", {"email": new["email"]}, victims.context_id),
                ("POST", "/password-reset", {"customer_id": me}, None),
                (
                    "POST",
                    "/password-reset/complete",
                    {"token": victims.reset_token, "password": f"{PASSWORD} 2"},
                    None,
                ),
            )
        )

    def _request(
        self, method: str, path: str, body: bytes, bearer: str | None, *more: tuple[str, str]
    ) -> Request:
        headers = [("Content-Type", "application/json"), *more]
        if bearer is not None:
            headers.append(("Authorization", f"Bearer {bearer}"))
        return Request(method, self._target(path), tuple(headers), body)

    def _with(self, change: Callable[[dict[str, Any]], object]) -> Request:
        """An operation whose message is made invalid by ``change``."""
        method, path, message, bearer = self._operation()
        change(message)
        if method == "PATCH" and None in message.values():
            # It empties a field of a patch. Any other operation refuses it.
            message["fname"] = 1
        escaped = self._random.random() < 0.5
        text = json.dumps(message, ensure_ascii=escaped)
        return self._request(method, path, text.encode(errors="surrogatepass"), bearer)

    def _a_field_of_another_type(self) -> Request:
        value = self._any(NO_STRINGS)
        return self._with(lambda message: message.update({self._any([*message]): value}))

    def _a_text_that_breaks_a_rule(self) -> Request:
        text = self._any(REFUSED_TEXTS)
        # A password may be any text, so another field must be invalid too.
        names = ("customer_id", "context_id", "email", "token", "device_token", *_TEXTS)

        def invalidate(message: dict[str, Any]) -> None:
            fields = [name for name in message if name in names]
            message[self._any(fields)] = text
            if "password" in message:
                message["password"] = self._any(STRANGE_TEXTS)

        return self._with(invalidate)

    def _an_invalid_password(self) -> Request:
        password = self._any(
            ("\ud800", f"{PASSWORD}\udfff", "\udc00" * 1000, "x" * 1025, "é" * 5000)
        )

        def invalidate(message: dict[str, Any]) -> None:
            message["password"] = password

        return self._with(invalidate)

    def _an_unknown_field(self) -> Request:
        name = self._any((*STRANGE_TEXTS, "roles", "admin", "__proto__", "$where", "Email"))
        return self._with(lambda message: message.update({name: self._any(STRANGE_TEXTS)}))

    def _a_missing_field(self) -> Request:
        method, path, message, _ = self._operation()
        if method == "POST" and not path:
            del message[self._any(("email", "password"))]
        else:
            message = {}
        return self._request(method, path, json.dumps(message).encode(), None)

    def _a_body_that_is_no_message(self) -> Request:
        method, path, _, bearer = self._operation()
        return self._request(method, path, self._any(NO_JSON), bearer)

    def _a_body_cut_or_mangled(self) -> Request:
        method, path, message, bearer = self._operation()
        body = json.dumps(message).encode()
        cut = self._random.randrange(1, len(body))
        mangled = (
            body[:cut],
            body[cut:],
            body[:cut] + self._random.randbytes(8).replace(b"}", b"") + b"\0" + body[cut:],
            body + body,
            body[:-1] + b"," + body[1:],
        )
        return self._request(method, path, self._any(mangled), bearer)

    def _a_message_far_too_large(self) -> Request:
        method, path, message, bearer = self._operation()
        padding = self._any((b" ", b"\t")) * (64 * 1024)
        return self._request(method, path, padding + json.dumps(message).encode(), bearer)

    def _another_content_type(self) -> Request:
        method, path, message, bearer = self._operation()
        request = self._request(method, path, json.dumps(message).encode(), bearer)
        content_type = self._any(("text/plain", "", "multipart/form-data", "\xff", "a/b;" * 999))
        return replace(request, headers=(("Content-Type", content_type), *request.headers[1:]))

    def _an_unknown_method(self) -> Request:
        _, _, message, bearer = self._operation()
        path = self._any(
            ("", "/login", "/logoff", "/session", "/a-customer", "/me/password", "/me/sessions")
        )
        return self._request(self._any(METHODS), path, json.dumps(message).encode(), bearer)

    def _an_unknown_path(self) -> Request:
        method, _, message, _ = self._operation()
        path = self._any((*PATHS, *(f"{BASE}{path}" for path in PATHS)))
        bearer = (("Authorization", f"Bearer {self._victims.admin_context_id}"),)
        if method not in ("PUT", "DELETE"):
            bearer = ()
        body = json.dumps(message | {"unknown": ""}).encode()
        return Request(method, path, (("Content-Type", "application/json"), *bearer), body)

    def _a_strange_query(self) -> Request:
        path = self._any((f"/{self._victims.customer_id}/log", "/-/log"))
        query = self._any(QUERIES)
        bearer = (("Authorization", f"Bearer {self._victims.admin_context_id}"),)
        return Request("GET", f"{BASE}{path}?{query}", bearer)

    def _a_strange_header(self) -> Request:
        method, path, message, _ = self._operation()
        name, value = self._any(HEADERS)
        if path in ("/logoff", "/session"):
            message["context_id"] = "x"
        if path.startswith("/password-reset"):
            message |= {"customer_id": "", "token": "x"}
        if path == "/login" or (method == "POST" and not path):
            message["password"] = ""
        return self._request(method, path, json.dumps(message).encode(), None, (name, value))

    def _a_guess(self) -> Request:
        """Well-formed, but wrong credentials."""
        victims, random = self._victims, self._random
        guess = "".join(random.choices("abcXYZ019-_", k=43)) + "." + victims.customer_id
        password = "".join(chr(random.randrange(1, 0xD800)) for _ in range(random.randrange(40)))
        email = f"{self._any(EMAIL_PARTS)}@{self._any(EMAIL_PARTS)}{password[:3]}.example"
        named = self._any(
            ({"customer_id": victims.customer_id}, {"email": victims.email}, {"email": email})
        )
        return self._any(
            (
                self._request("GET", "/session", b"", guess),
                self._request("PUT", "/logoff", b"", guess),
                self._request("DELETE", f"/{victims.customer_id}", b"", guess),
                self._request("DELETE", f"/{victims.customer_id}", b"", victims.context_id),
                self._request("PUT", f"/{victims.customer_id}", b"{}", victims.context_id),
                self._request("GET", f"/{victims.customer_id}/log", b"", victims.context_id),
                self._request("DELETE", "/me", b"", guess),
                self._request("DELETE", "/me/sessions", b"", guess),
                self._request("DELETE", f"/me/sessions/{guess[:22]}", b"", victims.context_id),
                self._request("DELETE", f"/me/sessions/{victims.session_id}", b"", guess),
                self._request(
                    "PUT",
                    "/me/password",
                    json.dumps({"password": password, "new_password": PASSWORD}).encode(),
                    victims.context_id,
                ),
                self._request(
                    "POST",
                    "/password-reset/complete",
                    json.dumps({"token": guess, "password": PASSWORD}).encode(),
                    None,
                ),
                self._request(
                    "POST",
                    "/email-verification/complete",
                    json.dumps({"token": guess}).encode(),
                    None,
                ),
                self._request(
                    "PUT", "/login", json.dumps({**named, "password": password}).encode(), None
                ),
            )
        )

    def _a_taken_identity(self) -> Request:
        victims = self._victims
        number = self._random.getrandbits(64)
        taken: dict[str, str] = self._any(
            (
                {"customer_id": victims.customer_id, "email": f"h{number}@shop.example"},
                {"customer_id": f"hostile-{number}", "email": victims.email.swapcase()},
                {"customer_id": "operator", "email": f"h{number}@shop.example"},
            )
        )
        return self._request("POST", "", json.dumps({**taken, "password": PASSWORD}).encode(), None)

    def _a_wrong_version(self) -> Request:
        victims = self._victims
        one, admin = f"/{victims.customer_id}", victims.admin_context_id
        method, path, bearer = self._any(
            (
                ("PUT", one, admin),
                ("DELETE", one, admin),
                ("PATCH", "/me", victims.context_id),
                ("DELETE", "/me", victims.context_id),
            )
        )
        body = b"" if method == "DELETE" else b'{"lname": "lost"}'
        tag = self._any(('"99"', '"-1"', 'W/"1"', '"1', "1,2", "", '"*"', ",", "x" * 9999, "\xff"))
        return self._request(method, path, body, bearer, ("If-Match", tag))
