"""The command line, run as users run it: as processes of their own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial

import pytest
from support.processes.command import Service


@pytest.fixture
def serve() -> Iterator[Callable[..., Service]]:
    """Starts ``cybershop-customer serve`` on a free port of loopback, with more arguments."""
    with ExitStack() as stack:
        yield partial(Service.start, stack, "--port", "0")


@pytest.fixture
def demo(serve: Callable[..., Service]) -> Callable[..., Service]:
    """Starts the demo, with settings."""
    return partial(serve, "--demo")
