"""A small client of the HTTP API, over any transport."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partialmethod
from typing import Any, Final

NO_MESSAGE: Final = object()


@dataclass(frozen=True)
class Request:
    """An HTTP request as it is sent."""

    method: str
    target: str
    """Path and query, percent-encoded."""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


@dataclass(frozen=True)
class Answer:
    """The answer to a request; the names of ``headers`` are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Send = Callable[[Request], Answer]
"""A transport: sends one request to the service and returns its answer."""


class Api:
    """Builds requests and sends them by ``send``."""

    def __init__(self, send: Send) -> None:
        self.send = send

    def request(
        self,
        method: str,
        target: str,
        message: object = NO_MESSAGE,
        *,
        body: bytes = b"",
        bearer: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send ``message`` as JSON, or ``body`` unchanged; ``headers`` replace the default ones."""
        given: dict[str, str] = {}
        if message is not NO_MESSAGE:
            body = json.dumps(message).encode()
        if body:
            given["Content-Type"] = "application/json"
        if bearer is not None:
            given["Authorization"] = f"Bearer {bearer}"
        given |= headers or {}
        return self.send(Request(method, target, tuple(given.items()), body))

    get = partialmethod(request, "GET")
    post = partialmethod(request, "POST")
    put = partialmethod(request, "PUT")
    patch = partialmethod(request, "PATCH")
    delete = partialmethod(request, "DELETE")
