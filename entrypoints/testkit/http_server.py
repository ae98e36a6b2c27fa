"""The customer service over HTTP, in a thread of the test run."""

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final

from ...adapters.extras import requires_extra
from ..services import Services

with requires_extra("testkit"):
    from ..http.app import create_app
    from ..http.server import Server

_THREADS: Final = 4
_TIMEOUT: Final = 30.0
"""Seconds for the stop. The server gives in-flight requests 25 of them."""


@contextmanager
def served(services: Services) -> Generator[str]:
    """Serve on a free port of 127.0.0.1. Yields the URL, such as ``http://127.0.0.1:49152``.

    Raises:
        RuntimeError: at the end, if an in-flight request was not answered in time.
    """
    server = Server(create_app(services), host="127.0.0.1", port=0, threads=_THREADS)
    with ThreadPoolExecutor(1, thread_name_prefix="customer") as thread:
        finished = thread.submit(server.run)
        try:
            yield server.url
        finally:
            server.stop()
            answered = finished.result(_TIMEOUT)
            server.close()
    if not answered:
        raise RuntimeError("the customer service stopped before it had answered every request")
