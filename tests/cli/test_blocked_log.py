"""A service whose log nobody reads ends all the same when it is stopped."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep
from typing import IO, Final

import pytest
from support.http.api import Request
from support.http.customer_api import BASE
from support.http.transports import LIVEZ, RawConnection, encoded
from support.processes.children import children
from support.processes.command import Service

pytestmark = pytest.mark.skipif(not Path("/proc/self").exists(), reason="reads /proc of Linux")

CHECK: Final = encoded(Request("GET", f"{BASE}/session", (("Authorization", "Bearer none"),)))
LIMIT: Final = 60.0


@pytest.fixture
def pipe() -> Iterator[tuple[IO[str], IO[str]]]:
    """The end of a pipe to read from, and the one to write to."""
    reader, writer = os.pipe()
    with os.fdopen(reader) as read_end, os.fdopen(writer, "w") as write_end:
        yield read_end, write_end


def fill(pipe: int) -> None:
    """Write until the pipe takes no more."""
    os.set_blocking(pipe, False)
    with suppress(BlockingIOError):
        while True:
            os.write(pipe, b"x")
    os.set_blocking(pipe, True)


def has_ended(process: int) -> bool:
    stat = Path(f"/proc/{process}/stat")
    return not stat.exists() or ") Z " in stat.read_text(encoding="ascii")


@contextmanager
def blocked(
    demo: Callable[..., Service], folder: Path, pipe: tuple[IO[str], IO[str]], workers: int
) -> Iterator[Service]:
    """A service that waits to log a request. At the end of the block, its processes must end."""
    log, log_file = pipe
    service = demo(
        "--keep",
        folder=folder,
        log_file=log_file,
        CUSTOMER_STOP_SECONDS="1",
        CUSTOMER_WORKERS=str(workers),
    )
    with ExitStack() as stack:
        connection = stack.enter_context(RawConnection(service.url))
        assert connection.exchange(LIVEZ).status == 200
        for _ in range(workers if workers > 1 else 0):
            # From then on the main thread runs the event loop, and does not write to the log.
            assert any("serves" in line for line in log)
        processes = {service.process.pid, *children(service.process.pid)}
        for process in processes:
            stack.callback(_kill, process)
        fill(log_file.fileno())
        connection.send(CHECK)
        yield service
        deadline = monotonic() + LIMIT
        while not all(map(has_ended, processes)):
            assert monotonic() < deadline
            sleep(0.1)


def _kill(process: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_stop_ends(
    demo: Callable[..., Service], tmp_path: Path, pipe: tuple[IO[str], IO[str]], workers: int
) -> None:
    with blocked(demo, tmp_path, pipe, workers) as service:
        service.signal()

        assert service.process.wait(LIMIT) == 1


def test_workers_end_after_the_process_that_started_them(
    demo: Callable[..., Service], tmp_path: Path, pipe: tuple[IO[str], IO[str]]
) -> None:
    with blocked(demo, tmp_path, pipe, 2) as service:
        service.signal(signal.SIGKILL)
