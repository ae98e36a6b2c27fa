"""A service that is killed, on each store that outlives it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.processes.killed_service import SETTINGS
from support.processes.service_process import ServiceProcess
from support.stores.shared import SharedStore, shared_store


@pytest.fixture(params=["sqlite", pytest.param("dynamodb-local", marks=pytest.mark.dynamodb_local)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SharedStore]:
    with shared_store(request.param, tmp_path) as store:
        yield store


@pytest.fixture
def start(store: SharedStore, tmp_path: Path) -> Iterator[Callable[[], ServiceProcess]]:
    """Starts the service on ``store``."""
    started: list[ServiceProcess] = []

    def start() -> ServiceProcess:
        environ = {**SETTINGS, **store.environ}
        started.append(ServiceProcess(environ, tmp_path / "service.log"))
        return started[-1]

    yield start
    for service in started:
        service.kill()
