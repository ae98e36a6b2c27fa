"""The service is killed under load, again and again, and whatever it has told stays true."""

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Final

import pytest
from support.consistency.call_history import Outcome
from support.consistency.checker import find_inconsistencies
from support.consistency.load_over_http import ADMIN_ID, ADMIN_PASSWORD, LoadClients
from support.dynamodb.databases import local_client, local_database
from support.dynamodb.local_server import dynamodb_local
from support.dynamodb.snapshot import read_snapshot
from support.faults.proxy import FaultProxy, fault_proxy
from support.faults.scripts import Fault
from support.processes.service_process import ServiceProcess

from cybershop_customer.adapters.bcrypt.password_hasher import BcryptPasswordHasher

KILLS: Final = 20
SEED: Final = 19970829
ANSWERS: Final = (15, 40)
"""How many the service gives, at least and at most, before it is killed."""


@pytest.fixture
def prefix() -> str:
    return local_database().customer_table.removesuffix("customer")


@pytest.fixture
def way() -> Iterator[FaultProxy]:
    """To DynamoDB Local. It knows when nothing is under way that the dead have sent."""
    with fault_proxy(dynamodb_local(), lambda _: Fault.NONE) as proxy:
        yield proxy


@pytest.fixture
def start(prefix: str, way: FaultProxy, tmp_path: Path) -> Iterator[Callable[[], ServiceProcess]]:
    environ = {
        "CUSTOMER_STORAGE": "dynamodb",
        "CUSTOMER_DYNAMODB_ENDPOINT": way.endpoint,
        "CUSTOMER_TABLE_PREFIX": prefix,
        "CUSTOMER_ADMIN_ID": ADMIN_ID,
        "CUSTOMER_ADMIN_PASSWORD": ADMIN_PASSWORD,
        "CUSTOMER_BCRYPT_ROUNDS": "4",
        "CUSTOMER_PASSWORD_BLOCKLIST": "false",
        "CUSTOMER_MAX_SESSIONS": "100",
        # A login that a crash interrupts stays charged.
        "CUSTOMER_LOGIN_ATTEMPTS": "100",
    }
    started: list[ServiceProcess] = []

    def start() -> ServiceProcess:
        started.append(ServiceProcess(environ, tmp_path / "service.log"))
        return started[-1]

    yield start
    for service in started:
        service.kill()


@pytest.mark.dynamodb_local
@pytest.mark.slow
def test_what_was_told_stays_true_through_twenty_kills(
    start: Callable[[], ServiceProcess], prefix: str, way: FaultProxy
) -> None:
    random = Random(SEED)
    clients = LoadClients(SEED)
    hasher = BcryptPasswordHasher(rounds=4)

    def found() -> list[str]:
        snapshot = read_snapshot(local_client(), prefix)
        return list(find_inconsistencies(snapshot, clients.calls, hasher))

    for kill in range(KILLS):
        with clients.ensuring_admin():
            service = start()
        clients.check_admin(service)
        with clients.at_work(service) as load:
            load.await_answers(random.randint(*ANSWERS))
            service.kill()
        way.await_disconnected()
        assert found() == [], f"after kill {kill + 1}"

    with clients.ensuring_admin():
        service = start()
    clients.check_admin(service)
    assert found() == []
    outcomes = [call.outcome for call in clients.calls]
    assert outcomes.count(Outcome.DONE) >= KILLS * ANSWERS[0]
    assert outcomes.count(Outcome.UNKNOWN) >= 1, "no kill met a request"
