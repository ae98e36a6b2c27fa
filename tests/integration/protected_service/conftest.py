"""The customer service in a process of its own, for a service that is protected by it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.processes.service_process import ServiceProcess
from support.protected.service import ENVIRON


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., ServiceProcess]]:
    """Starts a customer service in a process of its own."""
    started: list[ServiceProcess] = []

    def start(port: int = 0) -> ServiceProcess:
        process = ServiceProcess(ENVIRON, tmp_path / "service.log", port=port)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
