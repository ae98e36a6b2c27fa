"""The clients over HTTP against ``cybershop-customer serve`` in a process of its own."""

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import pytest
from support.dynamodb.databases import local_database
from support.dynamodb.local_server import dynamodb_local
from support.processes.service_process import ServiceProcess

from cybershop_customer import (
    CustomerExistsError,
    CustomerNotFoundError,
    ForbiddenError,
    InvalidInputError,
    LoginRefusedError,
    ServiceUnavailableError,
    SessionRefusedError,
)
from cybershop_customer.entrypoints.client import CustomerClient

from .conftest import HTTP_CLIENTS

PASSWORD: Final = "correct horse"
SETTINGS: Final = {
    "CUSTOMER_ADMIN_ID": "admin",
    "CUSTOMER_ADMIN_PASSWORD": PASSWORD,
    "CUSTOMER_BCRYPT_ROUNDS": "4",
    "CUSTOMER_PASSWORD_BLOCKLIST": "false",
    "CUSTOMER_TRUSTED_PROXIES": "127.0.0.1/32",
}
LIMIT: Final = 0.5
LONG: Final = 30


def on_memory(_: Path) -> dict[str, str]:
    return {**SETTINGS, "CUSTOMER_STORAGE": "memory"}


def on_sqlite(folder: Path) -> dict[str, str]:
    path = folder / "customer.db"
    return {**SETTINGS, "CUSTOMER_STORAGE": "sqlite", "CUSTOMER_SQLITE_PATH": str(path)}


def on_dynamodb_local(_: Path) -> dict[str, str]:
    prefix = local_database().customer_table.removesuffix("customer")
    return {
        **SETTINGS,
        "CUSTOMER_STORAGE": "dynamodb",
        "CUSTOMER_DYNAMODB_ENDPOINT": dynamodb_local(),
        "CUSTOMER_TABLE_PREFIX": prefix,
    }


@pytest.fixture(
    params=[
        pytest.param(on_memory, id="memory"),
        pytest.param(on_sqlite, id="sqlite"),
        pytest.param(on_dynamodb_local, id="dynamodb-local", marks=pytest.mark.dynamodb_local),
    ]
)
def environ(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    environ: dict[str, str] = request.param(tmp_path)
    return environ


@pytest.fixture
def service(environ: dict[str, str], tmp_path: Path) -> Iterator[ServiceProcess]:
    process = ServiceProcess(environ, tmp_path / "service.log")
    try:
        yield process
    finally:
        process.kill()


@pytest.fixture(params=HTTP_CLIENTS.values(), ids=HTTP_CLIENTS)
def make(request: pytest.FixtureRequest) -> Callable[..., CustomerClient]:
    make: Callable[..., CustomerClient] = request.param
    return make


def test_the_life_of_a_customer(
    service: ServiceProcess, make: Callable[..., CustomerClient]
) -> None:
    with make(service.url, time_limit=LONG) as client:
        added = client.add_customer(customer_id="zoe", email="zoe@shop.example", password=PASSWORD)
        with pytest.raises(CustomerExistsError):
            client.add_customer(customer_id="zoe", email="y@shop.example", password=PASSWORD)
        with pytest.raises(InvalidInputError) as invalid:
            client.add_customer(email="none", password="x")
        assert sorted(fault.field for fault in invalid.value.faults) == ["email", "password"]
        with pytest.raises(LoginRefusedError):
            client.login(customer_id="zoe", password="wrong horse")

        result = client.login(
            email="zoe@shop.example", password=PASSWORD, source="203.0.113.7", user_agent="Shop/1"
        )
        assert client.check_session(result.context_id) == result.session
        zoe = client.as_bearer(result.context_id)
        version = zoe.update_account(fname="Zoe", if_version=added.version)
        account = zoe.get_account()
        assert (account.fname, account.version) == ("Zoe", version)
        (session,) = zoe.list_own_sessions()
        assert (session.source, session.user_agent) == ("203.0.113.7", "Shop/1")
        with pytest.raises(ForbiddenError):
            zoe.get_customer("admin")

        bob = client.as_bearer(client.login(customer_id="admin", password=PASSWORD).context_id)
        assert bob.get_customer("zoe") == account
        names = [record.operation_name for record in bob.read_records("zoe").records]
        assert (names[0], names[-1]) == ("add_customer", "update_account")
        assert client.logout(result.context_id) == "zoe"
        with pytest.raises(SessionRefusedError):
            zoe.get_account()
        bob.delete_customer("zoe")
        with pytest.raises(CustomerNotFoundError):
            bob.get_customer("zoe")


@pytest.mark.parametrize("environ", [on_memory], ids=["memory"], indirect=True)
def test_a_service_that_hangs_and_is_killed_meanwhile(
    service: ServiceProcess, make: Callable[..., CustomerClient]
) -> None:
    def register(client: CustomerClient) -> object:
        return client.add_customer(email="zoe@shop.example", password=PASSWORD)

    def outcome_of(**how: Any) -> bool:
        with make(service.url, **how) as client, pytest.raises(ServiceUnavailableError) as caught:
            register(client)
        return caught.value.outcome_known

    os.kill(service.pid, signal.SIGSTOP)
    assert not outcome_of(time_limit=LIMIT)
    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(outcome_of, time_limit=LONG)
        service.kill()
        # A request that was on its way may have been read, or may find no one.
        waiting.result()
    assert outcome_of(time_limit=LONG)
