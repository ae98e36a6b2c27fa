"""A web page cannot read the demo by DNS rebinding."""

import pytest
from support.http.api import Answer, Api
from support.http.customer_api import BASE, the_problem
from support.http.transports import in_process

from cybershop_customer.entrypoints.container import memory_container
from cybershop_customer.entrypoints.http.app import create_app

OTHERS = [
    "attacker.example",
    "attacker.example:30000",
    "localhost.attacker.example",
    "127.0.0.1.attacker.example",
    "notlocalhost",
    "10.0.0.1",
    "0.0.0.0",
    "[2001:db8::1]:30000",
    "localhost@attacker.example",
    "localhost, attacker.example",
    "",
]
OWN = ["localhost", "LocalHost:30000", "127.0.0.1", "127.0.0.1:1", "127.8.9.10", "[::1]:30000"]


def ask(host: str, *, loopback_only: bool) -> Answer:
    app = create_app(memory_container().services(), loopback_only=loopback_only)
    with in_process(app) as send:
        return Api(send).get("/livez", headers={"Host": host})


@pytest.mark.parametrize("host", OTHERS)
def test_another_host_name_is_misdirected(host: str) -> None:
    answer = ask(host, loopback_only=True)

    problem = the_problem(answer, 421, "misdirected-request")
    assert "http://localhost" in problem["detail"]
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("host", OWN)
def test_loopback_names_are_answered(host: str) -> None:
    assert ask(host, loopback_only=True).status == 200


@pytest.mark.parametrize("host", ["attacker.example", *OWN])
def test_without_the_guard_every_name_is_answered(host: str) -> None:
    assert ask(host, loopback_only=False).status == 200


@pytest.mark.parametrize("path", [f"{BASE}/session", "/livez", "/nothing", f"{BASE}/login"])
def test_the_guard_covers_every_path(path: str) -> None:
    app = create_app(memory_container().services(), loopback_only=True)
    with in_process(app) as send:
        for method in ("GET", "POST", "PUT", "DELETE", "OPTIONS"):
            answer = Api(send).request(method, path, {}, headers={"Host": "attacker.example"})
            assert answer.status == 421, (method, path)
