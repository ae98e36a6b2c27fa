"""A transport that calls a WSGI application as a strict server does."""

from collections.abc import Callable
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

from support.http.api import Answer, Request, Send


def environ_of(request: Request) -> dict[str, Any]:
    """The environ of a request, by PEP 3333."""
    path, _, query = request.target.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "CONTENT_LENGTH": str(len(request.body)),
        "wsgi.input": BytesIO(request.body),
    }
    setup_testing_defaults(environ)
    for name, value in request.headers:
        key = name.upper().replace("-", "_")
        key = key if key == "CONTENT_TYPE" else f"HTTP_{key}"
        environ[key] = f"{environ[key]},{value}" if key in environ else value
    return environ


def over_strict_wsgi(app: Callable[..., Any]) -> Send:
    """Send requests to ``app``, and check that it conforms to PEP 3333."""

    def send(request: Request) -> Answer:
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(
            status: str, headers: list[tuple[str, str]], exc_info: object = None
        ) -> Callable[[bytes], object]:
            assert exc_info is None
            started.append((status, headers))
            return print

        parts = validator(app)(environ_of(request), start_response)
        try:
            body = b"".join(parts)
        finally:
            parts.close()
        ((status, headers),) = started
        lower = {name.lower(): value for name, value in headers}
        return Answer(int(status.split()[0]), lower, body)

    return send
