"""What granian does when the system kills one of its workers, such as for want of memory."""

import os
import re
import signal
import time
from pathlib import Path
from typing import Final

import pytest
from support.http.transports import TIMEOUT
from support.processes.wsgi_servers import WSGIServer, running

pytestmark = pytest.mark.slow

SETTINGS: Final = {"CUSTOMER_STORAGE": "memory", "CUSTOMER_BCRYPT_ROUNDS": "4"}


def kill_one(server: WSGIServer) -> None:
    """Kill a worker when both have started. Before that, granian does not watch them."""
    await_starts(server, 2)
    found = re.search(r"worker-1 with PID: (\d+)", server.log)
    assert found
    os.kill(int(found[1]), signal.SIGKILL)


def await_starts(server: WSGIServer, count: int) -> None:
    """Return when so many workers have started."""
    give_up_at = time.monotonic() + TIMEOUT
    while server.log.count("Started worker-") < count:
        assert time.monotonic() < give_up_at, server.log
        time.sleep(0.05)


def test_granian_ends_with_an_error(tmp_path: Path) -> None:
    with running("granian", tmp_path, "--workers", "2", **SETTINGS) as server:
        kill_one(server)

        assert server.await_exit() == 1


def test_with_the_option_granian_starts_another_worker(tmp_path: Path) -> None:
    options = ("--workers", "2", "--respawn-failed-workers")
    with running("granian", tmp_path, *options, **SETTINGS) as server, server.api() as api:
        kill_one(server)
        await_starts(server, 3)

        assert all(api.get("/livez").status == 200 for _ in range(20))
        assert server.process.poll() is None
