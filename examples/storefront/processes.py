"""Starts a service as a process of its own, for the demonstration."""

import os
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from threading import Timer
from typing import IO, Final

HERE: Final = Path(__file__).parent
TIMEOUT: Final = 30.0
"""Seconds for a start, for an answer and for a stop; each needs far less."""


class UnexpectedError(Exception):
    """Something was not as this demonstration promises."""


@dataclass(frozen=True)
class Process:
    """A service that was started here."""

    name: str
    process: "subprocess.Popen[str]"
    log: IO[str]

    @classmethod
    def start(cls, stack: ExitStack, name: str, command: list[str], **environ: str) -> "Process":
        """Start a service, which ``stack`` stops."""
        log = stack.enter_context(TemporaryFile("w+"))  # noqa: SIM115 (it is one)
        kept = {key: text for key, text in os.environ.items() if not key.startswith("CUSTOMER_")}
        process = subprocess.Popen(  # noqa: S603 (the commands below)
            [sys.executable, *command],
            cwd=HERE,
            env=kept | environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        started = cls(name, process, log)
        stack.callback(started.stop)
        return started

    def url(self) -> str:
        """Where it listens, which is the first thing that it prints."""
        stdout = self.process.stdout
        hangs = Timer(TIMEOUT, self.process.kill)
        hangs.start()
        try:
            line = stdout.readline() if stdout is not None else ""
        finally:
            hangs.cancel()
        said, _, url = line.strip().partition(" listens on ")
        if said != self.name or not url:
            raise UnexpectedError(f"{self.name} did not start:\n{line}{self.written()}")
        print(f"{self.name} listens on {url}")
        return url

    def written(self) -> str:
        """What it has logged."""
        self.log.seek(0)
        return self.log.read()

    def stop(self) -> None:
        """Let it finish what it is doing, and end it if it does not."""
        self.process.terminate()
        try:
            self.process.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()
