"""Each recipe of docs/gateways.md, in the real gateway in front of a service that believes it."""

import posixpath
import re
import signal
from pathlib import Path
from time import monotonic
from urllib.parse import quote, unquote

import pytest
from support.gateways.gateway import a_free_port, running
from support.gateways.product import Product, product
from support.http.api import Answer, Api, Request
from support.http.customer_api import BASE
from support.http.transports import over_http
from support.processes.command import Service

EACH = pytest.mark.parametrize("gateway", ["nginx", "caddy", "haproxy"], indirect=True)
EACH_IN_TIME = pytest.mark.parametrize(
    "gateway", ["nginx", "caddy", pytest.param("haproxy", marks=pytest.mark.slow)], indirect=True
)
"""HAProxy tries a refused connection four times, a second apart."""
REALM = 'Bearer realm="customer"'
FORGED = (
    *(("X-Customer-Id", "admin"), ("x-customer-roles", "admin")),
    *(("X_Customer_Id", "admin"), ("X-Customer_Roles", "admin"), ("x_customer-roles", "admin")),
    ("X-Customer-Session-Expires", "2999-01-01T00:00:00.000000Z"),
)


def cookie(context_id: str) -> dict[str, str]:
    return {"Cookie": f"theme=dark; __Host-session={context_id}; other=1"}


def identity(answer: Answer) -> dict[str, str]:
    """Who the request is from, as the product service was told. No header may come twice."""
    assert answer.status == 200, answer
    told = answer.json["identity"]
    assert len({name for name, _ in told}) == len(told), told
    return dict(told)


@EACH
def test_a_request_is_passed_on_with_the_identity(shop: Api, admin: str) -> None:
    answer = shop.post("/orders/7?a=b", bearer=admin, body=b"x" * 100_000)

    told = identity(answer)
    assert (told["x-customer-id"], told["x-customer-roles"]) == ("admin", "admin")
    assert told["x-customer-session-expires"].endswith("Z")
    received = {name: answer.json[name] for name in ("method", "path", "length")}
    assert received == {"method": "POST", "path": "/orders/7?a=b", "length": 100_000}


@EACH
def test_identity_that_the_client_sends_does_not_survive(shop: Api, zoe: str) -> None:
    bearer = ("Authorization", f"Bearer {zoe}")

    told = identity(shop.send(Request("GET", "/orders", (bearer, *FORGED))))

    assert told.pop("x-customer-id") == "zoe"
    assert told.pop("x-customer-roles", "") == ""
    assert not told.pop("x-customer-session-expires").startswith("2999")
    assert told == {}


@EACH
def test_a_cookie_is_as_good_as_the_header_and_the_header_wins(
    shop: Api, zoe: str, admin: str
) -> None:
    assert identity(shop.get("/", headers=cookie(zoe)))["x-customer-id"] == "zoe"
    both = shop.get("/", headers=cookie(zoe), bearer=admin)
    assert identity(both)["x-customer-id"] == "admin"
    assert shop.get("/", headers=cookie(admin), bearer="x").status == 401


@EACH
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_without_a_live_session_nothing_is_passed_on(
    shop: Api, behind: Product, zoe: str, method: str
) -> None:
    for headers in ({}, {"Authorization": f"Bearer {zoe}x"}, cookie(f"x{zoe}"), dict(FORGED)):
        answer = shop.request(method, "/orders", headers=headers, body=b"x" * 1000)

        assert answer.status == 401
        assert answer.headers["www-authenticate"].startswith(REALM)
    assert behind.received == []


@EACH
def test_a_role_is_required_below_a_path(shop: Api, behind: Product, zoe: str, admin: str) -> None:
    assert shop.get("/admin/prices", bearer=zoe).status == 403
    assert shop.get("/admin/prices?role=", headers=cookie(zoe)).status == 403
    assert shop.get("/admin/prices").status == 401
    assert behind.received == []
    assert identity(shop.get("/admin/prices", bearer=admin))["x-customer-id"] == "admin"


@EACH
@pytest.mark.parametrize(
    "path",
    [
        *("//admin/prices", "/./admin/prices", "/x/../admin/prices", "/%61dmin/prices"),
        *("/x/%2e%2e/admin/prices", "/admin//prices", "//x/..//admin/prices", "/../admin/prices"),
        *("/admin%2Fprices", "/%2fadmin/prices", "/x%2F..%2Fadmin/prices", "/x/..;/admin/prices"),
        *("/x\\..\\admin/prices", "/x%5c..%5Cadmin/prices", "/x/..%2f../admin/prices"),
    ],
)
def test_no_other_spelling_of_a_path_avoids_the_role(
    shop: Api, behind: Product, zoe: str, path: str
) -> None:
    status = shop.get(path, bearer=zoe).status

    for it in behind.received:
        # Some services take a backslash for a slash, and what follows a semicolon for parameters.
        read = re.sub(r";[^/]*", "", unquote(str(it["path"]))).replace("\\", "/")
        assert not posixpath.normpath(read).lstrip("/").startswith("admin"), (status, it)


@EACH
@pytest.mark.parametrize(
    "path",
    [
        *("/admin/../prices", "/admin/x/../../prices", "/admin/%2e%2e/prices", "/admin/."),
        *("/admin/x/..%2f..%2fprices", "/admin/%2E./prices", "/admin/../", "/admin/..?x=/"),
    ],
)
def test_a_path_that_leaves_the_part_with_a_role_does_not_begin_with_it(
    shop: Api, behind: Product, zoe: str, path: str
) -> None:
    """A service that resolves no dot segments would find it below that part."""
    status = shop.get(path, bearer=zoe).status

    assert not [it for it in behind.received if str(it["path"]).startswith("/admin/")], status


@EACH
@pytest.mark.parametrize("path", ["/prices.html", "/..x/.y", "/x?back=/../admin/", "/a%20b", "/é"])
def test_other_dots_are_passed_on(shop: Api, zoe: str, path: str) -> None:
    assert shop.get(quote(path, safe="/?=.%"), bearer=zoe).status == 200


@EACH
@pytest.mark.parametrize("name", ["X-Customer-Id", "x-customer-roles"])
def test_the_client_cannot_have_the_identity_removed(
    shop: Api, behind: Product, admin: str, name: str
) -> None:
    """A proxy removes the headers that Connection names (RFC 9110, 7.6.1)."""
    shop.get("/orders", bearer=admin, headers={"Connection": f"keep-alive, {name}"})

    for received in behind.received:
        told = {key for key, _ in received["identity"]}  # type: ignore[attr-defined]
        assert {"x-customer-id", "x-customer-roles"} <= told


@EACH
def test_a_logout_is_seen_at_the_next_request(shop: Api, customers: Api, zoe: str) -> None:
    assert shop.get("/", bearer=zoe).status == 200

    assert customers.put(f"{BASE}/logoff", bearer=zoe).status == 200

    assert shop.get("/", bearer=zoe).status == 401


@EACH
def test_a_failure_of_the_service_behind_is_passed_on(shop: Api, zoe: str) -> None:
    answer = shop.get("/fails", bearer=zoe)

    assert (answer.status, answer.json["path"]) == (500, "/fails")


@EACH_IN_TIME
def test_an_outage_of_the_customer_service_is_503_and_passes_nothing(
    request: pytest.FixtureRequest, gateway: str, behind: Product, zoe: str, tmp_path: Path
) -> None:
    name = request.node.callspec.params["gateway"]
    assert gateway, "it is installed"
    behind.received.clear()
    with (
        running(name, tmp_path, customer=a_free_port(), product=behind.port) as url,
        over_http(url) as send,
    ):
        for headers in (cookie(zoe), dict(FORGED)):
            answer = Api(send).get("/orders", headers=headers)

            assert (answer.status, answer.headers["retry-after"]) == (503, "5")
    assert behind.received == []


@EACH
def test_strange_answers_in_the_place_of_the_gates_admit_no_one(
    request: pytest.FixtureRequest, gateway: str, behind: Product, zoe: str, tmp_path: Path
) -> None:
    """An answer that is no 200 passes nothing; a 200 of another service gives no identity."""
    name = request.node.callspec.params["gateway"]
    assert gateway, "it is installed"
    behind.received.clear()
    headers = {"Authorization": f"Bearer {zoe}", **dict(FORGED)}
    forged = {value for _, value in FORGED}
    with (
        product() as other,
        running(name, tmp_path, customer=other.port, product=behind.port) as url,
        over_http(url) as send,
    ):
        for other.status in (302, 400, 404, 421, 500, 503):
            assert Api(send).get("/orders", headers=headers).status in (other.status, 503)
        assert behind.received == []
        other.status = 200
        answer = Api(send).get("/orders", headers=headers)
        if name == "haproxy":
            assert answer.status == 503, "its program fails then, and HAProxy goes on"
        else:
            assert forged.isdisjoint(identity(answer).values())


@pytest.mark.slow
@EACH
def test_a_customer_service_that_hangs_is_503_within_its_time_limit(
    shop: Api, behind: Product, service: Service, zoe: str
) -> None:
    service.signal(signal.SIGSTOP)
    try:
        asked = monotonic()
        answer = shop.get("/orders", bearer=zoe)
        seconds = monotonic() - asked
    finally:
        service.signal(signal.SIGCONT)

    assert (answer.status, answer.headers["retry-after"]) == (503, "5")
    assert 1 < seconds < 10
    assert behind.received == []
    assert shop.get("/orders", bearer=zoe).status == 200
