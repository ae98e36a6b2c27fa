from dataclasses import replace

import pytest
from support.http.api import Api
from support.http.customer_api import (
    BASE,
    PASSWORD,
    add,
    faulty_fields,
    is_live,
    log_in,
    the_problem,
)

from cybershop_customer import OPERATOR
from cybershop_customer.entrypoints.container import Container
from cybershop_customer.entrypoints.settings import Settings
from cybershop_customer.entrypoints.testkit.clock import ManualClock


def test_an_admin_deletes_a_customer_with_sessions_and_address(api: Api, admin: str) -> None:
    add(api, "zoe")
    context_id = log_in(api, "zoe")

    answer = api.delete(f"{BASE}/", {"customer_id": "zoe"}, bearer=admin)

    assert answer.status == 200
    assert answer.json == {"customer_id": "zoe", "message": "Customer deleted."}
    assert not is_live(api, context_id)
    login = {"email": "zoe@shop.example", "password": PASSWORD}
    the_problem(api.put(f"{BASE}/login", login), 401, "login-refused")
    the_problem(api.get(f"{BASE}/zoe", bearer=admin), 404, "customer-not-found")


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_delete_whose_body_a_proxy_dropped_names_the_customer_in_its_path(
    api: Api, admin: str, slash: str
) -> None:
    add(api, "zoe")

    answer = api.delete(f"{BASE}/zoe{slash}", bearer=admin)

    assert (answer.status, answer.json["customer_id"]) == (200, "zoe")
    the_problem(api.get(f"{BASE}/zoe", bearer=admin), 404, "customer-not-found")


def test_path_and_message_may_both_name_the_customer(api: Api, admin: str) -> None:
    add(api, "zoe")

    assert api.delete(f"{BASE}/zoe", {"customer_id": "zoe"}, bearer=admin).status == 200


def test_path_and_message_must_agree(api: Api, admin: str) -> None:
    add(api, "zoe")
    add(api, "yan")

    answer = api.delete(f"{BASE}/zoe", {"customer_id": "yan"}, bearer=admin)

    assert faulty_fields(answer) == ["customer_id"]
    assert api.get(f"{BASE}/zoe", bearer=admin).status == 200
    assert api.get(f"{BASE}/yan", bearer=admin).status == 200


def test_the_message_must_name_a_customer(api: Api, admin: str) -> None:
    assert faulty_fields(api.delete(f"{BASE}/", bearer=admin)) == ["customer_id"]


def test_a_customer_is_deleted_once(api: Api, admin: str) -> None:
    add(api, "zoe")
    api.delete(f"{BASE}/zoe", bearer=admin)

    the_problem(api.delete(f"{BASE}/zoe", bearer=admin), 404, "customer-not-found")


def test_id_and_address_are_free_again(api: Api, admin: str) -> None:
    add(api, "zoe")
    api.delete(f"{BASE}/zoe", bearer=admin)

    add(api, "zoe")


class TestTheIdIsKept:
    """As in production: orders and audit records know the deleted customer by the id."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return replace(settings, id_reuse=False, audit_retention_days=30)

    def test_no_one_gets_it_while_the_records_are_kept(
        self, api: Api, admin: str, clock: ManualClock
    ) -> None:
        add(api, "zoe")
        api.delete(f"{BASE}/zoe", bearer=admin)
        message = {"customer_id": "zoe", "email": "zoe@shop.example", "password": PASSWORD}

        the_problem(api.post(f"{BASE}/", message), 409, "customer-exists")
        the_problem(api.post(f"{BASE}/", message, bearer=admin), 409, "customer-exists")
        assert api.post(f"{BASE}/", {**message, "customer_id": "zoe-2"}).status == 200

        clock.advance(minutes=30 * 24 * 60)
        message["email"] = "new@shop.example"
        assert api.post(f"{BASE}/", message).status == 200
        assert log_in(api, "zoe")

    def test_the_deleted_customer_is_not_found(self, api: Api, admin: str) -> None:
        add(api, "zoe")
        api.delete(f"{BASE}/zoe", bearer=admin)

        for answer in (
            api.get(f"{BASE}/zoe", bearer=admin),
            api.get(f"{BASE}/zoe/sessions", bearer=admin),
            api.delete(f"{BASE}/zoe/sessions", bearer=admin),
            api.put(f"{BASE}/zoe", {"fname": "Ghost"}, bearer=admin),
            api.delete(f"{BASE}/zoe", bearer=admin),
        ):
            the_problem(answer, 404, "customer-not-found")
        login = {"customer_id": "zoe", "password": PASSWORD}
        the_problem(api.put(f"{BASE}/login", login), 401, "login-refused")


@pytest.mark.parametrize("named_in", ["path", "body"])
def test_admins_cannot_delete_themselves(api: Api, admin: str, named_in: str) -> None:
    target = f"{BASE}/admin" if named_in == "path" else f"{BASE}/"
    answer = api.delete(target, {"customer_id": "admin"}, bearer=admin)

    problem = the_problem(answer, 403, "another-admin-required")
    assert problem["detail"] == "An admin cannot delete or demote themselves; ask another admin."
    assert "www-authenticate" not in answer.headers
    assert is_live(api, admin)
    records = api.get(f"{BASE}/admin/log", bearer=admin).json["records"]
    (record,) = (each for each in records if each["operation_name"] == "delete_customer")
    assert (record["status_code"], record["actor_id"]) == (403, "admin")


def test_an_admin_deletes_another_admin(api: Api, admin: str, container: Container) -> None:
    add(api, "zoe")
    container.services().roles.grant_role("zoe", "admin", actor=OPERATOR)

    assert api.delete(f"{BASE}/admin", bearer=log_in(api, "zoe")).status == 200
    assert not is_live(api, admin)


def test_customers_may_not_delete_even_themselves(api: Api) -> None:
    add(api, "zoe")
    context_id = log_in(api, "zoe")

    the_problem(api.delete(f"{BASE}/zoe", bearer=context_id), 403, "role-required")
    assert is_live(api, context_id)


def test_a_request_without_a_session_is_refused(api: Api) -> None:
    add(api, "zoe")

    the_problem(api.delete(f"{BASE}/", {"customer_id": "zoe"}), 401, "session-refused")
    assert log_in(api, "zoe")


def test_other_fields_than_the_customer_id_are_refused(api: Api, admin: str) -> None:
    message = {"customer_id": "zoe", "email": "zoe@shop.example"}

    assert faulty_fields(api.delete(f"{BASE}/", message, bearer=admin)) == ["email"]
