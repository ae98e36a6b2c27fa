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
