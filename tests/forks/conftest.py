"""Fixtures for the tests of processes that fork."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.processes.service_process import ServiceProcess
from support.protected.service import ENVIRON


@pytest.fixture(scope="module")
def service_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A customer service in a process of its own, with the feed on."""
    log: Path = tmp_path_factory.mktemp("service") / "log"
    process = ServiceProcess(ENVIRON, log)
    yield process.url
    process.kill()
