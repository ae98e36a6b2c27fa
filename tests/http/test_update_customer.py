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
from support.http.own_account import requires_login

from cybershop_customer import OPERATOR
from cybershop_customer.entrypoints.container import Container
from cybershop_customer.entrypoints.testkit.clock import ManualClock


def test_an_admin_changes_only_the_fields_in_the_message(api: Api, admin: str) -> None:
    add(api, "zoe", fname="Zoe", lname="Old", address1="Here")

    answer = api.put(f"{BASE}/", {"customer_id": "zoe", "lname": "New"}, bearer=admin)

    assert answer.status == 200
    assert answer.json == {"customer_id": "zoe", "message": "Customer updated."}
    stored = api.get(f"{BASE}/zoe", bearer=admin).json
    assert (stored["fname"], stored["lname"], stored["address1"]) == ("Zoe", "New", "Here")
    assert log_in(api, "zoe")


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("message", [{"lname": "New"}, {"customer_id": "zoe", "lname": "New"}])
def test_the_path_may_name_the_customer(
    api: Api, admin: str, slash: str, message: dict[str, str]
) -> None:
    add(api, "zoe")

    answer = api.put(f"{BASE}/zoe{slash}", message, bearer=admin)

    assert (answer.status, answer.json["customer_id"]) == (200, "zoe")
    assert api.get(f"{BASE}/zoe", bearer=admin).json["lname"] == "New"


def test_path_and_message_must_agree(api: Api, admin: str) -> None:
    add(api, "zoe")
    add(api, "yan")

    answer = api.put(f"{BASE}/zoe", {"customer_id": "yan", "lname": "New"}, bearer=admin)

    assert faulty_fields(answer) == ["customer_id"]
    assert api.get(f"{BASE}/zoe", bearer=admin).json["lname"] == ""
    assert api.get(f"{BASE}/yan", bearer=admin).json["lname"] == ""


def test_the_message_must_name_a_customer(api: Api, admin: str) -> None:
    assert faulty_fields(api.put(f"{BASE}/", {"lname": "New"}, bearer=admin)) == ["customer_id"]


def test_an_empty_string_empties_a_field(api: Api, admin: str) -> None:
    add(api, "zoe", address1="Here")

    assert api.put(f"{BASE}/zoe", {"address1": ""}, bearer=admin).status == 200
    assert api.get(f"{BASE}/zoe", bearer=admin).json["address1"] == ""


def test_a_new_password_ends_the_sessions_and_replaces_the_old_one(api: Api, admin: str) -> None:
    add(api, "zoe")
    context_id = log_in(api, "zoe")

    api.put(f"{BASE}/zoe", {"password": "another horse"}, bearer=admin)

    assert not is_live(api, context_id)
    old = api.put(f"{BASE}/login", {"customer_id": "zoe", "password": PASSWORD})
    the_problem(old, 401, "login-refused")
    assert is_live(api, log_in(api, "zoe", "another horse"))


def test_the_same_password_again_ends_nothing(api: Api, admin: str) -> None:
    add(api, "zoe")
    context_id = log_in(api, "zoe")

    answer = api.put(f"{BASE}/zoe", {"password": PASSWORD}, bearer=admin)

    assert answer.status == 200
    assert is_live(api, context_id)


def test_a_new_address_frees_the_old_one(api: Api, admin: str) -> None:
    add(api, "zoe", email="first@shop.example")

    api.put(f"{BASE}/zoe", {"email": "second@shop.example"}, bearer=admin)

    add(api, "yan", email="first@shop.example")
    login = {"email": "second@shop.example", "password": PASSWORD}
    assert api.put(f"{BASE}/login", login).json["customer_id"] == "zoe"


def test_another_customers_address_is_refused(api: Api, admin: str) -> None:
    add(api, "zoe")
    add(api, "yan")

    answer = api.put(f"{BASE}/zoe", {"email": "Yan@shop.example"}, bearer=admin)

    the_problem(answer, 409, "email-taken")


def test_a_customer_who_does_not_exist_is_not_found(api: Api, admin: str) -> None:
    answer = api.put(f"{BASE}/nobody", {"lname": "New"}, bearer=admin)

    assert "'nobody'" in the_problem(answer, 404, "customer-not-found")["detail"]


def test_admins_need_a_recent_login_for_their_own_password_and_address(
    api: Api, admin: str, clock: ManualClock
) -> None:
    """OWASP ASVS 5.0, 7.5.1. It is not asked for other fields, and not about other customers."""
    add(api, "zoe")
    clock.advance(minutes=5, seconds=1)

    for own in ({"password": "another horse"}, {"email": "admin@shop.example"}):
        assert requires_login(api.put(f"{BASE}/admin", own, bearer=admin))
        assert api.put(f"{BASE}/zoe", {"password": "another horse"}, bearer=admin).status == 200
    assert api.put(f"{BASE}/admin", {"fname": "Ada"}, bearer=admin).status == 200


def test_customers_may_not_update_even_themselves(api: Api) -> None:
    add(api, "zoe")

    answer = api.put(f"{BASE}/zoe", {"lname": "New"}, bearer=log_in(api, "zoe"))

    assert "'admin'" in the_problem(answer, 403, "role-required")["detail"]
    assert answer.headers["www-authenticate"] == (
        'Bearer realm="customer", error="insufficient_scope"'
    )


def test_a_request_without_a_session_is_refused(api: Api) -> None:
    add(api, "zoe")

    answer = api.put(f"{BASE}/zoe", {"lname": "New"})

    assert the_problem(answer, 401, "session-refused")["reason"] == "missing"


def test_a_role_that_is_revoked_is_gone_at_once(api: Api, admin: str, container: Container) -> None:
    add(api, "zoe")
    container.roles().revoke_role("admin", "admin", actor=OPERATOR)

    answer = api.put(f"{BASE}/zoe", {"lname": "New"}, bearer=admin)

    the_problem(answer, 403, "role-required")
    assert api.get(f"{BASE}/session", bearer=admin).json["roles"] == []


def test_a_role_that_is_granted_is_there_at_once(api: Api, container: Container) -> None:
    add(api, "zoe")
    context_id = log_in(api, "zoe")
    container.roles().grant_role("zoe", "admin", actor=OPERATOR)

    assert api.put(f"{BASE}/zoe", {"lname": "New"}, bearer=context_id).status == 200


@pytest.mark.parametrize("field", ["roles", "context_id", "version", "password_hash", "Lname"])
def test_unknown_fields_are_refused(api: Api, admin: str, field: str) -> None:
    add(api, "zoe")

    assert faulty_fields(api.put(f"{BASE}/zoe", {field: "x"}, bearer=admin)) == [field]
