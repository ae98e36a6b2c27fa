"""What the benchmarks of answer times share: a server on loopback, a fast clock, and the figure.

For two kinds of requests the figure is the AUC: the probability that a request of the first kind
takes longer than one of the second. 0.5 says that the time tells nothing.
"""

import json
import multiprocessing
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from multiprocessing.connection import Connection
from typing import Any, Final
from urllib.parse import urlsplit

from cybershop_customer import Clock
from cybershop_customer.entrypoints.container import Container
from cybershop_customer.entrypoints.http.app import create_app
from cybershop_customer.entrypoints.http.server import Server

PASSWORD: Final = "correct horse battery staple"
BASE: Final = "/api/v1/customer"

Ask = Callable[[str, str, Mapping[str, str]], tuple[int, dict[str, Any]]]
"""Sends a method, a path and a message; returns the status and the body."""


class FastClock(Clock):
    """Advances by ``step`` with each look, so that no budget is ever used up."""

    def __init__(self, step: timedelta) -> None:
        self._now = datetime.now(UTC)
        self._step = step

    def now(self) -> datetime:
        self._now += self._step
        return self._now


@contextmanager
def serving(container: Container) -> Iterator[Ask]:
    """Ask a server on loopback over one connection.

    The server has a process of its own. In one process, its threads would hold the interpreter's
    lock while the client waits for the answer that is already there.
    """
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(container, theirs), daemon=True)
    process.start()
    connection = HTTPConnection(urlsplit(ours.recv()).netloc)

    def ask(method: str, path: str, message: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        headers = {"Content-Type": "application/json"}
        connection.request(method, BASE + path, json.dumps(message), headers)
        response = connection.getresponse()
        return response.status, json.loads(response.read())

    try:
        yield ask
    finally:
        connection.close()
        process.terminate()
        process.join()


def _serve(container: Container, parent: Connection) -> None:
    server = Server(create_app(container.services()), host="127.0.0.1", port=0, threads=4)
    parent.send(server.url)
    server.run()


def verdict(figure: float, bounds: tuple[float, float]) -> str:
    """The figure as it is printed, and whether it is outside of ``bounds``."""
    low, high = bounds
    return f"{figure:.3f}" + ("" if low <= figure <= high else "  outside the bounds")


def auc(first: list[float], second: list[float]) -> float:
    """The probability that a time of ``first`` is longer than one of ``second``."""
    ordered = sorted(second)
    wins = sum(bisect_left(ordered, one) + bisect_right(ordered, one) for one in first)
    return wins / (2 * len(first) * len(second))
