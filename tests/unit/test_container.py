"""The composition root."""

import subprocess
import sys
import threading
from dataclasses import replace
from typing import ClassVar

import pytest
from support.http.range_api import range_api
from support.http.raw_server import raw_server
from support.services.workbench import PASSWORD

from cybershop_customer import OPERATOR, CustomerNotFoundError, InvalidInputError
from cybershop_customer.adapters.memory.storage import memory_storage
from cybershop_customer.adapters.system.clock import SystemClock
from cybershop_customer.adapters.threaded.hashing_lane import ThreadedHashingLane
from cybershop_customer.entrypoints import container as container_module
from cybershop_customer.entrypoints.container import Container, make_container, memory_container
from cybershop_customer.entrypoints.settings import Settings
from cybershop_customer.entrypoints.testkit.clock import START, ManualClock

MEMORY = replace(Settings.demo_from_environ({}), password_min_length=8)


def add_ann(container: Container) -> None:
    container.customers().add_customer(
        customer_id="ann", email="ann@shop.example", password=PASSWORD
    )


def test_a_memory_container_serves_every_use_case() -> None:
    services = memory_container().services()
    services.customers.add_customer(customer_id="ann", email="ann@shop.example", password="flash")

    login = services.sessions.login(customer_id="ann", password="flash")
    services.roles.grant_role("ann", "admin", actor=OPERATOR)
    admin = services.sessions.check_session(login.context_id)

    assert len(services.audit.read_records("ann", actor=admin).records) == 3
    services.probe.probe()


def test_the_clock_is_replaced_in_one_line() -> None:
    container, clock = memory_container(), ManualClock()
    container.clock.override(clock)

    add_ann(container)

    assert container.customers().get_customer("ann", actor=OPERATOR).created_at == clock.now()


def test_the_storage_is_replaced_in_one_line() -> None:
    container, storage = memory_container(), memory_storage()
    container.storage.override(storage)

    add_ann(container)

    assert storage.customers.get("ann", now=START) == container.customers().get_customer(
        "ann", actor=OPERATOR
    )
    assert container.store_probe() is storage.probe


def test_two_containers_share_nothing() -> None:
    one, other = memory_container(), memory_container()
    one.clock.override(ManualClock())

    add_ann(one)

    with pytest.raises(CustomerNotFoundError):
        other.customers().get_customer("ann", actor=OPERATOR)
    assert isinstance(other.clock(), SystemClock)
    assert one.storage() is not other.storage()
    assert one.login_throttle() is not other.login_throttle()


def test_each_part_is_made_once() -> None:
    container = memory_container()

    assert container.services() is container.services()
    assert container.services().customers is container.customers()
    assert container.customer_repository() is container.storage().customers


def test_settings_reach_the_parts() -> None:
    container = make_container(replace(MEMORY, bcrypt_rounds=5, max_sessions=1, unique_email=False))
    add_ann(container)
    first, second = (
        container.sessions().login(customer_id="ann", password=PASSWORD) for _ in range(2)
    )

    stored = container.customers().get_customer("ann", actor=OPERATOR)
    assert "r=5" in stored.password_hash
    assert stored.email_key is None
    assert container.sessions().list_sessions("ann", actor=OPERATOR) == (second.session,)
    assert first.context_id != second.context_id
    with pytest.raises(InvalidInputError):
        container.sessions().login(email="ann@shop.example", password=PASSWORD)


@pytest.mark.parametrize(("blocklist", "refused"), [(True, True), (False, False)])
def test_the_blocklist_is_the_settings(blocklist: bool, refused: bool) -> None:
    container = make_container(replace(MEMORY, password_blocklist=blocklist))

    assert container.password_blocklist().contains("password1") is refused


class CountedLane(ThreadedHashingLane):
    """Notes with how many threads and places it is made."""

    made: ClassVar[list[tuple[int, int]]] = []

    def __init__(self, *, threads: int, queue: int, hash_seconds: float) -> None:
        super().__init__(threads=threads, queue=queue, hash_seconds=hash_seconds)
        self.made.append((threads, queue))


@pytest.mark.parametrize(
    ("cores", "settings", "threads_and_queue"),
    [
        (2, {}, (2, 4)),
        (1, {}, (1, 5)),
        (64, {}, (6, 0)),
        (64, {"threads": 100}, (64, 34)),
        (2, {"threads": 4}, (2, 0)),
        (2, {"hashing_threads": 4}, (4, 2)),
        (4, {"hashing_queue": 5}, (1, 5)),
        (4, {"hashing_queue": 0}, (4, 0)),
        (4, {"hashing_threads": 1, "hashing_queue": 1}, (1, 1)),
    ],
)
def test_the_hashing_lane_fits_the_processors_and_the_threads(
    monkeypatch: pytest.MonkeyPatch,
    cores: int,
    settings: dict[str, int],
    threads_and_queue: tuple[int, int],
) -> None:
    monkeypatch.setattr(container_module, "available_cores", lambda: cores)
    monkeypatch.setattr(container_module, "ThreadedHashingLane", CountedLane)
    made = CountedLane.made.copy()

    make_container(replace(MEMORY, **settings)).hashing_lane()

    assert CountedLane.made == [*made, threads_and_queue]


def hashing_threads() -> set[threading.Thread]:
    return {it for it in threading.enumerate() if it.name.startswith("hashing")}


def test_a_container_hashes_in_threads_of_its_own_and_only_then_starts_them() -> None:
    before, container = hashing_threads(), make_container(MEMORY)
    container.services().probe.probe()
    with pytest.raises(CustomerNotFoundError):
        container.roles().grant_role("ann", "admin", actor=OPERATOR)
    assert hashing_threads() <= before

    add_ann(container)

    assert len(hashing_threads() - before) == 1
    container.hashing_lane().close()
    assert hashing_threads() <= before


def test_a_memory_container_starts_no_thread() -> None:
    before = threading.enumerate()

    add_ann(memory_container())

    assert set(threading.enumerate()) <= set(before)


def test_a_container_needs_settings() -> None:
    with pytest.raises(Exception, match="settings"):
        Container().services()


def test_making_a_container_connects_to_nothing_and_loads_no_aws() -> None:
    code = (
        "import sys;"
        "from cybershop_customer.entrypoints.container import make_container;"
        "from cybershop_customer.entrypoints.settings import Settings;"
        "make_container(Settings());"
        "print([name for name in ('boto3', 'botocore', 'falcon') if name in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert result.stdout.strip() == "[]"


def test_breached_passwords_are_looked_up_where_the_settings_say() -> None:
    assert not make_container(MEMORY).breached_passwords().contains("password")

    with raw_server(range_api(["known to thieves"])) as server:
        settings = replace(MEMORY, breached_passwords_url=f"{server.url}/range")
        container = make_container(settings)

        with pytest.raises(InvalidInputError) as refusal:
            container.customers().add_customer(
                email="ann@shop.example", password="known to thieves"
            )
        container.breached_passwords().close()
    assert str(refusal.value) == "password is known from a data breach; choose another"
