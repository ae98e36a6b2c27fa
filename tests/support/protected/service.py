"""A service that the middleware protects, and the customer service that it asks."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from threading import Event
from time import monotonic
from typing import Any, Final
from wsgiref.types import StartResponse, WSGIEnvironment
from wsgiref.util import setup_testing_defaults

import urllib3

from cybershop_customer import SessionChecker
from cybershop_customer.entrypoints.middleware.wsgi import SessionMiddleware, session_of

ADMIN_PASSWORD: Final = "a known one"
FEED_TOKEN: Final = "0123456789abcdef0123456789ABCDEF"
ENVIRON: Final = {
    "CUSTOMER_STORAGE": "memory",
    "CUSTOMER_ADMIN_ID": "admin",
    "CUSTOMER_ADMIN_PASSWORD": ADMIN_PASSWORD,
    "CUSTOMER_PASSWORD_BLOCKLIST": "false",
    "CUSTOMER_BCRYPT_ROUNDS": "4",
    "CUSTOMER_SESSION_FEED": "true",
    "CUSTOMER_SESSION_FEED_TOKEN": FEED_TOKEN,
}
LONG: Final = 5.0
"""Seconds: far more than each time limit of these tests."""
LIMITS: Final = 60.0
"""Seconds; a test that waits longer fails."""


@dataclass(frozen=True)
class Reply:
    """The answer of the protected service, and how long it took."""

    status: int
    headers: dict[str, str]
    body: Any
    seconds: float


class ProtectedService:
    """The protected service; it answers with the caller's customer_id."""

    def __init__(self, checker: SessionChecker) -> None:
        self._app = SessionMiddleware(self._answer, checker)

    @staticmethod
    def _answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(session_of(environ).customer_id).encode()]

    def get(self, context_id: str) -> Reply:
        environ: WSGIEnvironment = {"HTTP_AUTHORIZATION": f"Bearer {context_id}"}
        setup_testing_defaults(environ)
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start(status: str, headers: list[tuple[str, str]], *_: object) -> Any:
            started.append((status, headers))

        began = monotonic()
        body = b"".join(self._app(environ, start))
        ((status, headers),) = started
        return Reply(int(status[:3]), dict(headers), json.loads(body), monotonic() - began)


def send(method: str, url: str, path: str, message: object) -> Any:
    """Send a request to the customer service; it must succeed."""
    answer = urllib3.request(method, f"{url}/api/v1/customer/{path}", json=message, retries=False)
    assert answer.status == 200, answer.data
    return answer.json()


def log_in(url: str) -> str:
    message = {"customer_id": "admin", "password": ADMIN_PASSWORD}
    context_id: str = send("PUT", url, "login", message)["context_id"]
    return context_id


def wait_until(happens: Callable[[], bool]) -> None:
    """Wait until ``happens`` returns true."""
    give_up_at, pause = monotonic() + LIMITS, Event()
    while not happens():
        assert monotonic() < give_up_at, "it did not happen"
        pause.wait(0.01)
