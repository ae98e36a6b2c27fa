"""The service in its own process, as ``cybershop-customer serve`` starts it."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Final

from support.processes.command import environ as environ_without_settings

START_SECONDS: Final = 60
_SAYS: Final = "customer listens on "


class ServiceProcess:
    """Starts with the settings ``environ``, and listens on ``port`` or on a free port."""

    def __init__(self, environ: Mapping[str, str], log: Path, *, port: int = 0) -> None:
        command = [sys.executable, "-m", "cybershop_customer", "serve", "--port", str(port)]
        kept = {
            name: text
            for name, text in environ_without_settings().items()
            if not name.startswith("AWS_")
        }
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                command,
                cwd=log.parent,
                env={**kept, "CUSTOMER_HOST": "127.0.0.1", **environ},
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        self.url = self._await_url()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def kill(self) -> None:
        """Kill the process with SIGKILL, and wait for its end."""
        self._process.kill()
        self._process.wait(START_SECONDS)
        self._output.close()

    @property
    def _output(self) -> IO[str]:
        output = self._process.stdout
        assert output is not None
        return output

    def _await_url(self) -> str:
        for line in self._output:
            if line.startswith(_SAYS):
                return line.removeprefix(_SAYS).strip()
        raise AssertionError(f"the service ended with status {self._process.wait(START_SECONDS)}")
