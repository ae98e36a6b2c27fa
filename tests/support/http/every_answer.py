"""Every route, asked by every method, with and without a session and a message."""

from collections.abc import Iterator
from typing import Final

from support.http.api import Answer, Api
from support.http.customer_api import BASE, a_message, log_in
from support.http.routes import routes

from cybershop_customer.entrypoints.container import Container

ADMIN_PASSWORD: Final = "admin's own"
METHODS: Final = (
    *("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "BREW"),
)


def paths_of(container: Container) -> list[str]:
    """A path of each route, and one of none."""
    served = [
        path.replace("{customer_id}", "zoe").replace("{session_id}", "a" * 22)
        for path, _methods in routes(container)
    ]
    return [*served, "/nowhere"]


def every_answer(
    api: Api, paths: list[str], methods: tuple[str, ...] = METHODS
) -> Iterator[Answer]:
    """The answers to a stranger, a customer and an admin, with and without a message."""
    for path in paths:
        # Some of the requests end sessions.
        for bearer in (None, log_in(api, "zoe"), log_in(api, "admin", ADMIN_PASSWORD)):
            for method in methods:
                yield api.request(method, path, bearer=bearer)
                yield api.request(method, path, body=b"{", bearer=bearer)
                add_again(api)


def add_again(api: Api) -> None:
    """Add the customer unless it is there."""
    assert api.post(BASE, a_message("zoe")).status in (200, 409)
