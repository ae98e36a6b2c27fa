"""What the shop's own cluster does: its probes, its load and the five targets of api.mak."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import pytest
from support.http.customer_api import BASE, is_live
from support.processes.command import Service
from support.processes.make import Make, folder_of_tools

SHARED: Final = "everyone@shop.example"
PASSWORD: Final = "flash"
SHOPPERS: Final = 12


@pytest.fixture
def service(demo: Callable[..., Service]) -> Service:
    return demo(CUSTOMER_UNIQUE_EMAIL="false")


def found_in(body: Any, name: str) -> str:
    """The value of ``name`` anywhere in the body, as the shop's clients look for it."""
    if isinstance(body, dict):
        body = body.items() if name not in body else [(name, body[name])]
        return next((v if k == name else found_in(v, name) for k, v in body if v), "")
    return ""


@pytest.mark.parametrize("path", [f"{BASE}/health", f"{BASE}/readiness", f"{BASE}/health/"])
def test_its_probes(service: Service, path: str) -> None:
    with service.api() as api:
        assert api.get(path).status == 200


def test_the_five_targets_where_addresses_are_shared(service: Service, tmp_path: Path) -> None:
    tools = folder_of_tools(tmp_path / "bin", ["make", "curl", "sh"])
    make = Make(tmp_path, service.port, tools)
    for target in ("ccustomer", "ucustomer", "dcustomer", "apilogin", "apilogoff"):
        assert make(target).exit_status == 0, target


def shop(service: Service, customer_id: str) -> None:
    """What one customer of the load does."""
    profile = {"fname": "Allen", "lname": "Barry", "address1": "Earth 1", "address2": ""}
    message = {"customer_id": customer_id, "email": SHARED, "password": PASSWORD, **profile}
    with service.api() as api:
        added = api.post(f"{BASE}/", message)
        assert (added.status, found_in(added.json, "customer_id")) == (200, customer_id)
        # The first service changed any customer for anyone. This one needs an admin.
        assert api.put(f"{BASE}/", {**message, "fname": "Someone else"}).status == 401
        login = {"customer_id": customer_id, "password": PASSWORD}
        context_id = found_in(api.put(f"{BASE}/login", login).json, "context_id")
        pair = {"customer_id": customer_id, "context_id": context_id}
        checked = api.post(f"{BASE}/session", pair)
        assert (checked.status, checked.json["customer_id"]) == (200, customer_id)
        assert api.put(f"{BASE}/logoff", pair).status == 200
        assert not is_live(api, context_id)


def test_its_load_gives_every_customer_the_same_address(service: Service) -> None:
    with ThreadPoolExecutor(4) as threads:
        names = [f"load-{number}" for number in range(SHOPPERS)]
        list(threads.map(lambda name: shop(service, name), names))
