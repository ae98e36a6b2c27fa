"""nginx in front of plain files, and with the cache of docs/gateways.md."""

import os
from pathlib import Path
from time import monotonic

import pytest
from support.gateways.product import Product
from support.http.api import Api
from support.http.customer_api import BASE, log_in
from support.processes.command import Service

NGINX = pytest.mark.parametrize("gateway", ["nginx"], indirect=True)
CACHED = pytest.mark.parametrize("gateway", ["nginx-cached"], indirect=True)
STALENESS_SECONDS = 2.0
"""What the page promises, beside the time of one check."""


@pytest.fixture
def a_file(gateway_folder: Path) -> str:
    """The path of a file in the folder that nginx serves."""
    folder = gateway_folder / "files"
    folder.mkdir(exist_ok=True)
    (folder / "price-list.txt").write_text("apples 3\n", encoding="utf-8")
    return "/files/price-list.txt"


@NGINX
def test_a_file_is_for_customers_and_the_log_has_who_read_it(
    shop: Api, customers: Api, zoe: str, a_file: str, gateway_folder: Path
) -> None:
    log = gateway_folder / "access.log"
    before = len(log.read_text("utf-8").splitlines())

    read = shop.get(a_file, bearer=zoe)
    stranger = shop.get(a_file)
    customers.put(f"{BASE}/logoff", bearer=zoe)
    late = shop.get(a_file, bearer=zoe)

    assert (read.status, read.body) == (200, b"apples 3\n")
    assert [(it.status, b"apples" in it.body) for it in (stranger, late)] == [(401, False)] * 2
    assert log.read_text("utf-8").splitlines()[before] == "200 zoe"


@NGINX
def test_the_location_of_the_gate_is_not_served(shop: Api, behind: Product, admin: str) -> None:
    for path in ("/_gate/", "/_gate/admin", "/_gate/x?role="):
        assert shop.get(path, bearer=admin).status == 404
    assert behind.received == []


def gate_checks(service: Service) -> int:
    """How many checks the gate has answered. The service writes on, at its own place."""
    log = service.log_file.fileno()
    return os.pread(log, os.fstat(log).st_size, 0).count(b'/session/authorize"')


@CACHED
def test_a_cached_answer_saves_checks_and_is_never_older_than_promised(
    shop: Api, customers: Api, service: Service, zoe: str
) -> None:
    before = gate_checks(service)
    for _ in range(50):
        assert shop.get("/", bearer=zoe).status == 200
    assert gate_checks(service) - before < 10

    customers.put(f"{BASE}/logoff", bearer=zoe)
    ended = asked = monotonic()
    last_served = ended
    while shop.get("/", bearer=zoe).status == 200:
        last_served, asked = asked, monotonic()

    assert last_served - ended < STALENESS_SECONDS
    after = gate_checks(service)
    assert shop.get("/", bearer=zoe).status == 401
    assert gate_checks(service) == after + 1, "a refusal is not kept"


@CACHED
def test_the_cache_mixes_up_neither_roles_nor_sessions(
    shop: Api, customers: Api, zoe: str, admin: str
) -> None:
    cookie = {"Cookie": f"__Host-session={zoe}"}
    for _ in range(3):
        assert shop.get("/", bearer=zoe).status == 200
        assert shop.get("/admin/", bearer=zoe).status == 403
        assert shop.get("/admin/", bearer=admin).status == 200
        assert shop.get("/admin/", headers=cookie).status == 403
        assert dict(shop.get("/", headers=cookie).json["identity"])["x-customer-id"] == "zoe"
        assert shop.get("/", bearer=log_in(customers, "zoe")).status == 200
        assert shop.get("/").status == 401


@CACHED
def test_no_secret_is_on_the_disk(shop: Api, zoe: str, gateway_folder: Path) -> None:
    assert shop.get("/", bearer=zoe).status == 200

    kept = [path for path in (gateway_folder / "cache").rglob("*") if path.is_file()]
    assert kept
    for path in kept:
        assert zoe.partition(".")[0].encode() not in path.read_bytes()
