"""The storefront: customers register, log in, see their account and log out.

``create_app`` takes the client of the customer service; ``main`` reads the environment. The service
is asked at each page of a customer, so a logout is seen at the next one.
"""

import logging
import os
import signal
import socket
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Final

import uvicorn
from browser import forget_session
from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse
from pages import error_page, front_page
from refusals import refusal_page
from routes import SEE_OTHER, registration_routes, session_routes
from starlette.exceptions import HTTPException

from cybershop_customer import CustomerServiceError, SessionRefusedError, SettingsError
from cybershop_customer.entrypoints.client import AsyncHttpCustomerClient

LOGGER: Final = logging.getLogger("storefront")
HOST: Final = "127.0.0.1"
"""An example is for this machine alone."""
MAX_PORT: Final = 65535
SERVER_ERROR: Final = 500


def create_app(client: AsyncHttpCustomerClient) -> FastAPI:
    """The ASGI application. Reads no environment, and sends nothing before the first request."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncGenerator[None]:
        async with client:
            yield

    app = FastAPI(lifespan=lifespan, openapi_url=None)
    app.add_exception_handler(CustomerServiceError, _on_service_error)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(Exception, _on_mistake)

    @app.get("/")
    async def front() -> Response:
        return front_page()

    app.include_router(registration_routes(client))
    app.include_router(session_routes(client))
    return app


async def _on_service_error(_request: Request, error: Exception) -> Response:
    if isinstance(error, SessionRefusedError):
        response: Response = RedirectResponse("/login", SEE_OTHER)
        forget_session(response)
        return response
    if not isinstance(error, CustomerServiceError):
        raise error
    response = refusal_page(error)
    if response.status_code >= SERVER_ERROR:
        # The kind of the error, since a text could be one that a customer typed.
        LOGGER.warning("%s, answered with %s", type(error).__name__, response.status_code)
    return response


async def _on_http_error(_request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    response = error_page(error.status_code, "This does not work", str(error.detail))
    response.headers.update(error.headers or {})
    return response


async def _on_mistake(_request: Request, _error: Exception) -> Response:
    # The server logs the error.
    return error_page(500, "Something went wrong", "This is our mistake. Try again later.")


def main(environ: Mapping[str, str]) -> int:
    """Serve until SIGTERM or Ctrl-C. ``STOREFRONT_PORT`` 0 takes a free port."""
    port = environ.get("STOREFRONT_PORT") or "30002"
    if not port.isascii() or not port.isdigit() or int(port) > MAX_PORT:
        print(f"STOREFRONT_PORT must be a whole number from 0 to {MAX_PORT}", file=sys.stderr)
        return 2
    try:
        client = AsyncHttpCustomerClient(environ.get("CUSTOMER_URL") or "http://127.0.0.1:30000")
    except SettingsError as error:
        print(f"CUSTOMER_URL cannot be used: {error}", file=sys.stderr)
        return 2
    proxies = environ.get("STOREFRONT_TRUSTED_PROXIES")
    config = uvicorn.Config(
        create_app(client),
        log_level="warning",
        # Whoever may name the browser's address can evade the limits of attempts.
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies or "",
    )
    signal.signal(signal.SIGTERM, _stop)  # uvicorn calls it after it has answered all requests
    with socket.create_server((HOST, int(port))) as listening:
        print(f"storefront listens on http://{HOST}:{listening.getsockname()[1]}", flush=True)
        uvicorn.Server(config).run(sockets=[listening])
    return 0


def _stop(_number: int, _frame: object) -> None:
    raise SystemExit(0)


if __name__ == "__main__":
    sys.exit(main(os.environ))
