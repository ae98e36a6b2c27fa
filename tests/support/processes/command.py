"""Runs ``cybershop-customer`` in its own process."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from threading import Timer
from typing import IO, Any, Final, Self

from support.http.api import Api
from support.http.transports import TIMEOUT, over_http
from support.repository.checkout import ROOT

HERE: Final = Path(__file__).parent
COMMAND: Final = (sys.executable, "-m", "cybershop_customer")
AT_ONCE: Final = 15.0
"""Seconds within which an idle service ends; its grace period is longer."""

SERVICE_ALONE: Final = str(ROOT / "tests" / "support" / "service_alone")
"""Hides the frameworks of other services, as where the service is deployed: it starts sooner."""


def environ(**variables: str) -> dict[str, str]:
    """The environment of this process, with only these settings of the service."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("CUSTOMER_")}
    paths = filter(None, [SERVICE_ALONE, os.environ.get("PYTHONPATH")])
    return kept | {"PYTHONPATH": os.pathsep.join(paths)} | variables


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command that ends by itself."""
    return subprocess.run(
        [*COMMAND, *arguments],
        env=environ(**variables),
        cwd=HERE,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )


@dataclass
class Service:
    """``cybershop-customer serve``, running."""

    process: "subprocess.Popen[str]"
    url: str
    printed: list[str]
    """Lines of the standard output so far."""
    log_file: IO[str]

    @classmethod
    def start(
        cls,
        stack: ExitStack,
        *arguments: str,
        folder: Path = HERE,
        log_file: IO[str] | None = None,
        **variables: str,
    ) -> Self:
        """Start the service in ``folder`` and wait until it prints its address.

        It logs to ``log_file``, or to a temporary file. ``stack`` ends it.
        """
        if log_file is None:
            log_file = stack.enter_context(TemporaryFile("w+"))  # noqa: SIM115 (stack closes it)
        process = stack.enter_context(
            subprocess.Popen(
                [*COMMAND, "serve", *arguments],
                env=environ(**variables),
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log_file,
                text=True,
            )
        )
        stack.callback(process.kill)
        service = cls(process, "", [], log_file)
        first = service.next_line()
        assert first.startswith("customer listens on "), service.log
        service.url = first.removeprefix("customer listens on ")
        return service

    def next_line(self) -> str:
        """Read the next line that the service prints."""
        assert self.process.stdout
        watchdog = Timer(TIMEOUT, self.process.kill)
        watchdog.start()
        try:
            line = self.process.stdout.readline().rstrip("\n")
        finally:
            watchdog.cancel()
        self.printed.append(line)
        return line

    @property
    def port(self) -> str:
        return self.url.rpartition(":")[2]

    @property
    def log(self) -> str:
        """The standard error of the service so far."""
        self.log_file.seek(0)
        return self.log_file.read()

    @property
    def log_lines(self) -> list[dict[str, Any]]:
        """The log of the service; each line must be a JSON object."""
        lines = [json.loads(line) for line in self.log.splitlines()]
        assert all(isinstance(line, dict) for line in lines)
        return lines

    @contextmanager
    def api(self) -> Iterator[Api]:
        with over_http(self.url) as send:
            yield Api(send)

    def signal(self, number: signal.Signals = signal.SIGTERM) -> None:
        self.process.send_signal(number)

    def wait(self, timeout: float = TIMEOUT) -> int:
        """Wait for the end of the service; return its exit status."""
        status = self.process.wait(timeout)
        assert self.process.stdout
        self.printed.extend(self.process.stdout.read().splitlines())
        return status
