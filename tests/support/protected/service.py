"""A service that is protected by the middleware, before a customer service of its own process."""

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
FEED_TOKEN: Final = "0123456789abcdef" * 2
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
"""Seconds: far more than any time limit here, far less than for ever."""
LIMITS: Final = 60.0
"""Seconds after which something does not happen any more."""


@dataclass(frozen=True)
class Reply:
    """What the protected service answers, and how long it took."""

    status: int
    headers: dict[str, str]
    body: Any
    seconds: float


class ProtectedService:
    """The protected service; it answers who asks."""

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
    """Ask the customer service itself, which must succeed."""
    answer = urllib3.request(method, f"{url}/api/v1/customer/{path}", json=message, retries=False)
    assert answer.status == 200, answer.data
    return answer.json()


def log_in(url: str) -> str:
    message = {"customer_id": "admin", "password": ADMIN_PASSWORD}
    context_id: str = send("PUT", url, "login", message)["context_id"]
    return context_id


def wait_until(happens: Callable[[], bool]) -> None:
    """Look again and again for what nobody tells."""
    give_up_at, pause = monotonic() + LIMITS, Event()
    while not happens():
        assert monotonic() < give_up_at, "it did not happen"
        pause.wait(0.01)
