"""A service that is killed, on each store that outlives it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
from support.consistency.load_over_http import ADMIN_ID, ADMIN_PASSWORD
from support.processes.service_process import ServiceProcess
from support.stores.shared import SharedStore, shared_store

SETTINGS: Final = {
    "CUSTOMER_ADMIN_ID": ADMIN_ID,
    "CUSTOMER_ADMIN_PASSWORD": ADMIN_PASSWORD,
    "CUSTOMER_BCRYPT_ROUNDS": "4",
    "CUSTOMER_PASSWORD_BLOCKLIST": "false",
    "CUSTOMER_MAX_SESSIONS": "100",
    # A login that a crash interrupts stays charged.
    "CUSTOMER_LOGIN_ATTEMPTS": "100",
}


@pytest.fixture(
    params=["sqlite", pytest.param("dynamodb-local", marks=pytest.mark.dynamodb_local)]
)
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
