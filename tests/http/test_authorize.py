"""The gate for gateways: any method and path, identity in headers, and no body either way."""

from itertools import product

import pytest
from support.http.api import Answer, Api
from support.http.customer_api import BASE, add, log_in, the_problem

from cybershop_customer import OPERATOR
from cybershop_customer.entrypoints.container import Container
from cybershop_customer.entrypoints.testkit.clock import ManualClock

GATE = f"{BASE}/session/authorize"
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "BREW"]

PATHS_BELOW = [
    *("/", "//", "/a//b/", "/feed", "/%2F", "/%00", "/%ff", "/%2e%2e/%2e%2e/health"),
    *("/..%2f..%2fhealth", "/a;b=c,d?e=f&context_id=x&role", "/" + "a" * 8_000),
]


@pytest.fixture
def context_id(api: Api) -> str:
    add(api, "zoe")
    return log_in(api, "zoe")


def identity(answer: Answer) -> tuple[int, str | None, str | None, str | None]:
    names = ("x-customer-id", "x-customer-roles", "x-customer-session-expires")
    customer_id, roles, expires = (answer.headers.get(name) for name in names)
    return answer.status, customer_id, roles, expires


def test_a_live_session_passes_with_its_identity_and_no_body(
    api: Api, context_id: str, container: Container
) -> None:
    for role in ("seller", "buyer"):
        container.roles().grant_role("zoe", role, actor=OPERATOR)

    answer = api.get(GATE, bearer=context_id)

    assert identity(answer) == (200, "zoe", "buyer,seller", "2031-05-17T12:30:00.123456Z")
    assert (answer.body, answer.headers["content-length"]) == (b"", "0")
    assert answer.headers["cache-control"] == "no-store"


def test_without_a_role_the_header_is_empty_and_there(api: Api, context_id: str) -> None:
    """So it replaces one that the gateway's client sent."""
    assert identity(api.get(GATE, bearer=context_id))[2] == ""


def test_every_method_is_checked_alike(api: Api, context_id: str) -> None:
    for method, path in product(METHODS, (GATE, f"{GATE}/orders/7")):
        passed = api.request(method, path, bearer=context_id)
        refused = api.request(method, path)

        assert identity(passed)[:2] == (200, "zoe")
        assert (refused.status, "x-customer-id" in refused.headers) == (401, False)
        assert refused.headers["www-authenticate"] == 'Bearer realm="customer"'
        assert refused.headers["content-type"] == "application/problem+json"


def test_every_path_below_is_checked_alike(api: Api, context_id: str) -> None:
    for below in PATHS_BELOW:
        assert api.get(GATE + below, bearer=context_id).status == 200, below
        the_problem(api.get(GATE + below), 401, "session-refused")


def test_a_path_beside_it_is_not_found(api: Api, context_id: str) -> None:
    assert api.get(f"{GATE}x", bearer=context_id).status == 404


class TestRoles:
    @pytest.mark.parametrize("query", ["", "?role=", "?role", "?role=&role=", "?roles=admin"])
    def test_an_empty_role_requires_none(self, api: Api, context_id: str, query: str) -> None:
        assert api.get(GATE + query, bearer=context_id).status == 200

    @pytest.mark.parametrize(
        "role", ["admin", "nothing", "Buyer", "buyer,admin", "buyer%20", "%ff", "%00", "b" * 500]
    )
    def test_a_role_that_the_customer_lacks_is_403(
        self, api: Api, context_id: str, container: Container, role: str
    ) -> None:
        container.roles().grant_role("zoe", "buyer", actor=OPERATOR)

        for path in (GATE, f"{GATE}/orders/7"):
            answer = api.get(f"{path}?role={role}", bearer=context_id)

            the_problem(answer, 403, "role-required")
            assert answer.headers["www-authenticate"].endswith('error="insufficient_scope"')
            assert "x-customer-id" not in answer.headers

    def test_each_role_is_required(self, api: Api, context_id: str, container: Container) -> None:
        """Envoy appends its client's query: that must not lift what the gateway requires."""
        container.roles().grant_role("zoe", "buyer", actor=OPERATOR)

        def status(query: str) -> int:
            return api.get(f"{GATE}?{query}", bearer=context_id).status

        assert status("role=buyer") == status("role=buyer&role=buyer&role=") == 200
        assert status("role=admin&role=buyer") == status("role=buyer&role=admin") == 403

    def test_without_a_session_a_role_is_401(self, api: Api) -> None:
        the_problem(api.get(f"{GATE}?role=admin"), 401, "session-refused")

    def test_a_granted_role_counts_at_the_next_request(
        self, api: Api, context_id: str, container: Container
    ) -> None:
        container.roles().grant_role("zoe", "buyer", actor=OPERATOR)
        assert api.get(f"{GATE}?role=buyer", bearer=context_id).status == 200

        container.roles().revoke_role("zoe", "buyer", actor=OPERATOR)
        assert api.get(f"{GATE}?role=buyer", bearer=context_id).status == 403


def test_a_logout_counts_at_the_next_request(api: Api, context_id: str) -> None:
    assert api.put(f"{BASE}/logoff", bearer=context_id).status == 200

    answer = api.get(GATE, bearer=context_id)

    assert the_problem(answer, 401, "session-refused")["reason"] == "revoked"
    assert answer.headers["www-authenticate"].endswith('error="invalid_token"')


def test_use_through_a_gateway_keeps_a_session_alive(
    api: Api, context_id: str, clock: ManualClock
) -> None:
    for _ in range(4):
        clock.advance(minutes=20)
        answer = api.get(GATE, bearer=context_id)

    assert identity(answer)[3] == "2031-05-17T13:50:00.123456Z"


@pytest.mark.parametrize(
    "authorization", ["Basic em9lOnBhc3N3b3Jk", "Bearer x", "{}", "Bearer {}x"]
)
def test_other_credentials_are_refused(api: Api, context_id: str, authorization: str) -> None:
    given = {"Authorization": authorization.replace("{}", context_id)}

    answer = api.get(GATE, headers=given)

    the_problem(answer, 401, "session-refused")
    assert context_id not in answer.body.decode()


def test_credentials_in_the_message_or_the_query_do_not_count(api: Api, context_id: str) -> None:
    """The message and the query are those of a request to another service."""
    message = {"customer_id": "zoe", "context_id": context_id}

    the_problem(api.post(GATE, message), 401, "session-refused")
    the_problem(api.get(f"{GATE}?context_id={context_id}"), 401, "session-refused")


def test_identity_that_a_client_sends_is_not_believed(api: Api, context_id: str) -> None:
    forged = {"X-Customer-Id": "admin", "X-Customer-Roles": "admin"}

    assert identity(api.get(GATE, bearer=context_id, headers=forged))[1:3] == ("zoe", "")
    assert identity(api.get(GATE, headers=forged))[:2] == (401, None)
