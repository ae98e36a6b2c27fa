"""The product service, tested with the fake session check, and once over HTTP."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from falcon import testing
from product_service import PATH, create_app, main

from cybershop_customer.entrypoints.client import HttpCustomerClient
from cybershop_customer.entrypoints.session_checkers import CachePolicy, http_session_checker
from cybershop_customer.entrypoints.testkit.plugin import LoginAs
from cybershop_customer.entrypoints.testkit.session_checker import MemorySessionChecker

SPOON = {"product_id": "p1", "name": "Spoon", "price": "1.50"}


@pytest.fixture
def checker() -> MemorySessionChecker:
    """Stands for the customer service."""
    return MemorySessionChecker()


@pytest.fixture
def client(checker: MemorySessionChecker) -> testing.TestClient:
    """Sends requests to the service."""
    return testing.TestClient(create_app(checker))


@pytest.fixture
def pair(checker: MemorySessionChecker) -> dict[str, str]:
    """What an admin's messages carry."""
    return {"customer_id": "ann", "context_id": checker.open_session("ann", ["admin"])}


@pytest.fixture
def send(client: testing.TestClient, pair: dict[str, str]) -> Callable[..., testing.Result]:
    """Sends a message as the admin."""

    def send(method: str, **message: Any) -> testing.Result:
        # As ASCII, so that a message can also carry what is no character.
        body = json.dumps({**pair, **message})
        return client.simulate_request(
            method, PATH, body=body, headers={"Content-Type": "application/json"}
        )

    return send


Send = Callable[..., testing.Result]


def faults(answer: testing.Result) -> list[str]:
    """The fields that a 400 names."""
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    return [fault["field"] for fault in answer.json["errors"]]


def problem(answer: testing.Result) -> tuple[int, str]:
    """Status and name of a problem."""
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json["status"] == answer.status_code
    return answer.status_code, answer.json["type"].rpartition(":")[2]


class TestOperations:
    """What an admin does."""

    def test_add(self, send: Send) -> None:
        answer = send("POST", **SPOON)

        assert answer.status_code == 200
        assert answer.json == {**SPOON, "message": "Product added."}

    def test_update_sets_what_it_names_and_keeps_the_rest(self, send: Send) -> None:
        send("POST", **SPOON)

        assert send("PUT", product_id="p1", price="2").json["price"] == "2.00"
        answer = send("PUT", product_id="p1", name="Löffel")
        assert answer.json == {
            "product_id": "p1",
            "name": "Löffel",
            "price": "2.00",
            "message": "Product updated.",
        }

    def test_delete(self, send: Send) -> None:
        send("POST", **SPOON)

        assert send("DELETE", product_id="p1").json == {
            "product_id": "p1",
            "message": "Product deleted.",
        }
        assert send("POST", **SPOON).status_code == 200

    def test_the_path_may_end_in_a_slash(
        self, client: testing.TestClient, pair: dict[str, str]
    ) -> None:
        answer = client.simulate_post(f"{PATH}/", json={**pair, **SPOON})

        assert answer.status_code == 200

    def test_an_id_that_is_taken(self, send: Send) -> None:
        send("POST", **SPOON)

        assert problem(send("POST", **{**SPOON, "name": "Fork"})) == (409, "product-exists")
        assert send("PUT", product_id="p1", price="1").json["name"] == "Spoon"

    @pytest.mark.parametrize("method", ["PUT", "DELETE"])
    def test_a_product_that_is_not_there(self, send: Send, method: str) -> None:
        message = {"name": "Fork"} if method == "PUT" else {}

        assert problem(send(method, product_id="p2", **message)) == (404, "product-not-found")


def test_an_admin_who_logs_in_over_http(customer_url: str, login_as: LoginAs) -> None:
    login_as("ann", ["admin"], password="open sesame")
    checker = http_session_checker(customer_url, policy=CachePolicy(max_age=0))
    products = testing.TestClient(create_app(checker))

    with HttpCustomerClient(customer_url) as customers:
        context_id = customers.login(customer_id="ann", password="open sesame").context_id
        message = {"customer_id": "ann", "context_id": context_id, **SPOON}
        assert products.simulate_post(PATH, json=message).status_code == 200
        customers.logout(context_id)

    assert problem(products.simulate_post(PATH, json=message)) == (401, "session-refused")
    checker.close()


class TestSessions:
    """Who may not."""

    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
    def test_a_request_without_a_session_is_refused(
        self, client: testing.TestClient, method: str
    ) -> None:
        answer = client.simulate_request(method, PATH, json=SPOON)

        assert problem(answer) == (401, "session-refused")
        assert answer.json["reason"] == "missing"
        assert answer.headers["www-authenticate"].startswith("Bearer")

    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
    def test_a_customer_without_the_role_is_refused(
        self, checker: MemorySessionChecker, client: testing.TestClient, method: str
    ) -> None:
        pair = {"customer_id": "bob", "context_id": checker.open_session("bob", ["packer"])}

        answer = client.simulate_request(method, PATH, json={**pair, **SPOON})

        assert problem(answer) == (403, "role-required")

    def test_a_session_that_was_logged_out_is_refused(
        self, checker: MemorySessionChecker, send: Send, pair: dict[str, str]
    ) -> None:
        checker.end_session(pair["context_id"])

        answer = send("POST", **SPOON)

        assert problem(answer) == (401, "session-refused")
        assert answer.json["reason"] == "revoked"

    def test_the_session_of_another_customer_is_refused(self, send: Send) -> None:
        assert send("POST", **SPOON, customer_id="bob").json["reason"] == "unknown"

    def test_an_admin_who_is_one_no_more(self, checker: MemorySessionChecker, send: Send) -> None:
        checker.set_roles("ann", [])

        assert problem(send("POST", **SPOON)) == (403, "role-required")

    def test_the_bearer_counts_too(self, client: testing.TestClient, pair: dict[str, str]) -> None:
        headers = {"Authorization": f"Bearer {pair['context_id']}"}

        assert client.simulate_post(PATH, json=SPOON, headers=headers).status_code == 200

    def test_without_the_customer_service_nothing_happens(
        self, checker: MemorySessionChecker, send: Send
    ) -> None:
        checker.available = False
        answer = send("POST", **SPOON)

        assert problem(answer) == (503, "checker-unavailable")
        assert int(answer.headers["retry-after"]) > 0

        checker.available = True
        assert send("POST", **SPOON).status_code == 200

    def test_whether_it_lives_is_for_everybody(self, client: testing.TestClient) -> None:
        assert client.simulate_get("/livez").status_code == 200


class TestMessages:
    """What a message must be."""

    def test_every_field_at_fault_is_named_at_once(self, send: Send) -> None:
        answer = send("POST", product_id="p 1", price=1.5, colour="red")

        assert faults(answer) == ["colour", "name", "product_id", "price"]

    @pytest.mark.parametrize("product_id", ["", " ", "p/1", "p\n", "ä", "x" * 65, 1, None, ["p"]])
    def test_product_ids(self, send: Send, product_id: object) -> None:
        assert faults(send("POST", **{**SPOON, "product_id": product_id})) == ["product_id"]
        assert faults(send("DELETE", product_id=product_id)) == ["product_id"]

    @pytest.mark.parametrize(
        "name", ["", " ", "a\nb", "\x00", "\u2028", "\ud800", "x" * 201, 1, {}]
    )
    def test_names(self, send: Send, name: object) -> None:
        assert faults(send("POST", **{**SPOON, "name": name})) == ["name"]

    @pytest.mark.parametrize("name", ["x" * 200, "勺子", "🥄", "1/2 l & more"])
    def test_names_of_any_script_are_kept(self, send: Send, name: str) -> None:
        assert send("POST", **{**SPOON, "name": name}).json["name"] == name

    @pytest.mark.parametrize(
        "price", ["", "-1", "1.", ".5", "1,50", "1.505", "1e3", "12345678", "٣", "1 ", 1, 1.5, None]
    )
    def test_prices(self, send: Send, price: object) -> None:
        assert faults(send("POST", **{**SPOON, "price": price})) == ["price"]

    @pytest.mark.parametrize(
        ("price", "kept"), [("0", "0.00"), ("007.5", "7.50"), ("9999999.99", "9999999.99")]
    )
    def test_prices_are_kept_with_two_decimals(self, send: Send, price: str, kept: str) -> None:
        assert send("POST", **{**SPOON, "price": price}).json["price"] == kept

    def test_an_update_changes_something(self, send: Send) -> None:
        assert faults(send("PUT", product_id="p1")) == ["name"]

    def test_a_deletion_has_no_other_fields(self, send: Send) -> None:
        assert faults(send("DELETE", **SPOON)) == ["name", "price"]

    def test_a_strangers_name_of_a_field_is_cut_short(self, send: Send) -> None:
        (field,) = faults(send("POST", **SPOON, **{"\ud800" + "x" * 1000: "1"}))

        assert field == "\\ud800" + "x" * 63

    @pytest.mark.parametrize("body", [b"{", b"\xff", b"[]", b"7", b"[" * 100_000, b""])
    @pytest.mark.parametrize("bearer", [False, True])
    def test_what_is_no_object_of_json(
        self, client: testing.TestClient, pair: dict[str, str], body: bytes, bearer: bool
    ) -> None:
        headers = {"Content-Type": "application/json"}
        if bearer:
            headers["Authorization"] = f"Bearer {pair['context_id']}"

        answer = client.simulate_post(PATH, body=body, headers=headers)

        # Without a session, the answer says nothing about the message.
        expected = 400 if body or bearer else 401
        assert problem(answer)[0] == expected

    def test_another_media_type(self, client: testing.TestClient, pair: dict[str, str]) -> None:
        headers = {"Authorization": f"Bearer {pair['context_id']}", "Content-Type": "text/plain"}

        answer = client.simulate_post(PATH, body=json.dumps(SPOON), headers=headers)

        assert problem(answer) == (415, "unsupported-media-type")

    def test_other_paths_and_methods(self, client: testing.TestClient) -> None:
        assert problem(client.simulate_get("/api/v1/products")) == (404, "not-found")
        answer = client.simulate_get(PATH)
        assert problem(answer) == (405, "method-not-allowed")
        assert "POST" in answer.headers["allow"]


@pytest.mark.parametrize("port", ["x", "-1", "65536", "1.5", "²"])
def test_a_port_that_is_none_is_refused(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main({"PRODUCT_PORT": port}) == 2
    assert "PRODUCT_PORT" in capsys.readouterr().err


def test_a_url_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main({"PRODUCT_PORT": "0", "CUSTOMER_URL": "customer"}) == 2
    assert "CUSTOMER_URL" in capsys.readouterr().err
