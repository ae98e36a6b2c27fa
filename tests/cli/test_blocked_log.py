"""A service whose log nobody reads ends all the same when it is stopped."""

import os
import subprocess
from contextlib import ExitStack, suppress
from pathlib import Path
from time import monotonic, sleep
from typing import Final

import pytest
from support.http.api import Request
from support.http.customer_api import BASE
from support.http.transports import LIVEZ, RawConnection, encoded
from support.processes.command import COMMAND, environ

CHECK: Final = encoded(Request("GET", f"{BASE}/session", (("Authorization", "Bearer none"),)))
LIMIT: Final = 60.0


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


def children(process: int) -> list[int]:
    tasks = Path(f"/proc/{process}/task").glob("*/children")
    return [int(each) for task in tasks for each in task.read_text(encoding="ascii").split()]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs the /proc of Linux")
@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_stop_ends_although_each_line_of_the_log_waits(workers: str, tmp_path: Path) -> None:
    reader, writer = os.pipe()
    with ExitStack() as stack:
        stack.callback(os.close, reader)
        stack.callback(os.close, writer)
        process = stack.enter_context(
            subprocess.Popen(
                [*COMMAND, "serve", "--demo", "--keep", "--host", "127.0.0.1", "--port", "0"],
                env=environ(CUSTOMER_STOP_SECONDS="1", CUSTOMER_WORKERS=workers),
                cwd=tmp_path,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=writer,
                text=True,
            )
        )
        stack.callback(process.kill)
        assert process.stdout
        url = process.stdout.readline().split()[-1]
        with RawConnection(url) as connection:
            assert connection.exchange(LIVEZ).status == 200
            fill(writer)
            connection.send(CHECK)
            processes = [process.pid, *children(process.pid)]

            process.terminate()

            assert process.wait(LIMIT) == 1
        deadline = monotonic() + LIMIT
        while not all(map(has_ended, processes)):
            assert monotonic() < deadline
            sleep(0.1)
