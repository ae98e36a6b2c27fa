"""The command line in its own process, as users run it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache, partial

import botocore.hooks
import pytest
from support.processes.command import Service


@pytest.fixture(scope="session", autouse=True)
def quick_sessions() -> Iterator[None]:
    """Let botocore inspect its handlers once, and not for each of a thousand sessions."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.hooks, "accepts_kwargs", cache(botocore.hooks.accepts_kwargs))
        yield


@pytest.fixture
def serve() -> Iterator[Callable[..., Service]]:
    """Starts ``cybershop-customer serve`` on a free port of loopback, with these arguments."""
    with ExitStack() as stack:
        yield partial(Service.start, stack, "--port", "0")


@pytest.fixture
def demo(serve: Callable[..., Service]) -> Callable[..., Service]:
    """Starts the demo with these settings."""
    return partial(serve, "--demo")
