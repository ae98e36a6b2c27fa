"""The first process of a container, for which Linux ignores every signal without a handler."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from support.http.transports import LIVEZ, TIMEOUT, RawConnection
from support.processes.command import environ

# The process in the namespace ends with the one outside, even if a test fails.
NAMESPACE = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]
SERVE = [sys.executable, "-m", "cybershop_customer", "serve", "--demo", "--port", "0"]
AT_ONCE = 128 + signal.SIGTERM


def lack() -> str:
    """Why this machine cannot make such a process; empty if it can."""
    if shutil.which("unshare") is None:
        return "unshare is missing"
    tried = subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False)
    return "" if tried.returncode == 0 else "unshare may make no namespace here"


class First:
    """``serve`` as the process with the id 1 of its own namespace."""

    def __init__(self) -> None:
        self.outer = subprocess.Popen(
            [*NAMESPACE, *SERVE],
            # Coverage would handle SIGTERM instead of the command.
            env={name: text for name, text in environ().items() if not name.startswith("COV")},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._children = Path(f"/proc/{self.outer.pid}/task/{self.outer.pid}/children")
        self.pid = int(self._await(lambda: self._children.read_text().split()[:1])[0])

    def send(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def wait_until_it_handles(self, number: signal.Signals) -> None:
        """Return when the process has a handler for the signal."""
        self._await(lambda: self._caught() >> (number - 1) & 1)

    def url(self) -> str:
        """The URL where the service listens; waits until it does."""
        assert self.outer.stdout is not None
        return next(line.split()[-1] for line in self.outer.stdout if " listens on " in line)

    def wait_until_it_refuses(self, url: str) -> None:
        """Return when the service accepts no more connections, since it has begun to stop."""

        def refused() -> bool:
            try:
                RawConnection(url).close()
            except OSError:
                return True
            return False

        self._await(refused)

    def _caught(self) -> int:
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return int(next(line.split()[1] for line in lines if line.startswith("SigCgt:")), 16)

    @staticmethod
    def _await(look: Callable[[], Any]) -> Any:
        deadline = monotonic() + TIMEOUT
        while not (found := look()):
            assert monotonic() < deadline
            sleep(0.005)
        return found


@pytest.fixture
def first() -> Iterator[First]:
    if missing := lack():
        pytest.skip(f"the first process of a container: {missing}")
    process = First()
    try:
        yield process
    finally:
        process.outer.kill()
        process.outer.communicate()


def test_it_can_be_stopped_while_it_starts(first: First) -> None:
    first.wait_until_it_handles(signal.SIGTERM)

    first.send(signal.SIGTERM)

    assert first.outer.wait(TIMEOUT) == AT_ONCE


def test_a_second_signal_ends_it_at_once(first: First) -> None:
    url = first.url()
    with RawConnection(url) as half:
        half.send(LIVEZ[:-2])
        with RawConnection(url) as other:
            # The service reads requests in the order of their arrival.
            assert other.exchange(LIVEZ).status == 200
        first.send(signal.SIGTERM)
        first.wait_until_it_refuses(url)

        first.send(signal.SIGTERM)

        # Otherwise the service waits for the rest of the request.
        assert first.outer.wait(TIMEOUT) == AT_ONCE
