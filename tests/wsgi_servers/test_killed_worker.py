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


def workers_of(server: WSGIServer) -> list[int]:
    """The processes that granian has started so far."""
    return [int(pid) for pid in re.findall(r"worker-\d with PID: (\d+)", server.log)]


def test_granian_ends_with_an_error(tmp_path: Path) -> None:
    with running("granian", tmp_path, "--workers", "2", **SETTINGS) as server:
        os.kill(workers_of(server)[0], signal.SIGKILL)

        assert server.await_exit() == 1


def test_with_the_option_granian_starts_another_worker(tmp_path: Path) -> None:
    options = ("--workers", "2", "--respawn-failed-workers")
    with running("granian", tmp_path, *options, **SETTINGS) as server, server.api() as api:
        os.kill(workers_of(server)[0], signal.SIGKILL)
        give_up_at = time.monotonic() + TIMEOUT
        while len(workers_of(server)) < 3:
            assert time.monotonic() < give_up_at, server.log
            time.sleep(0.05)

        assert all(api.get("/livez").status == 200 for _ in range(20))
        assert server.process.poll() is None
