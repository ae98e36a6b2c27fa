from dataclasses import replace

import pytest
from support.http.api import Api
from support.http.customer_api import BASE, PASSWORD, add, faulty_fields, log_in, the_problem

from cybershop_customer.entrypoints.settings import Settings


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Two failures at once."""
    return replace(settings, login_attempts=3, login_window_seconds=60)


@pytest.fixture
def locked(api: Api) -> None:
    """The name zoe is shut."""
    add(api, "zoe")
    for _ in range(2):
        api.put(f"{BASE}/login", {"customer_id": "zoe", "password": "wrong"})
    require_locked(api)


def require_locked(api: Api) -> None:
    answer = api.put(f"{BASE}/login", {"customer_id": "zoe", "password": PASSWORD})
    the_problem(answer, 429, "too-many-attempts")


@pytest.mark.usefixtures("locked")
@pytest.mark.parametrize("slash", ["", "/"])
def test_an_admin_unlocks_a_customer(api: Api, admin: str, slash: str) -> None:
    answer = api.delete(f"{BASE}/zoe/throttle{slash}", bearer=admin)

    assert answer.status == 200
    assert answer.json == {"customer_id": "zoe", "message": "Customer unlocked."}
    assert log_in(api, "zoe")
    records = api.get(f"{BASE}/zoe/log", bearer=admin).json["records"]
    (record,) = (record for record in records if record["operation_name"] == "unlock")
    assert (record["actor_id"], record["status_code"]) == ("admin", 200)


@pytest.mark.usefixtures("locked")
def test_a_password_set_by_an_admin_unlocks(api: Api, admin: str) -> None:
    update = {"customer_id": "zoe", "password": "battery staple"}

    assert api.put(f"{BASE}/", update, bearer=admin).status == 200

    assert log_in(api, "zoe", "battery staple")


@pytest.mark.usefixtures("locked")
def test_customers_unlock_no_one(api: Api) -> None:
    add(api, "yan")

    answer = api.delete(f"{BASE}/zoe/throttle", bearer=log_in(api, "yan"))

    the_problem(answer, 403, "role-required")
    require_locked(api)


@pytest.mark.usefixtures("locked")
def test_without_a_session_no_one_is_unlocked(api: Api) -> None:
    the_problem(api.delete(f"{BASE}/zoe/throttle"), 401, "session-refused")

    require_locked(api)


def test_an_unknown_customer_cannot_be_unlocked(api: Api, admin: str) -> None:
    answer = api.delete(f"{BASE}/nobody/throttle", bearer=admin)

    the_problem(answer, 404, "customer-not-found")


def test_a_malformed_id_is_a_fault(api: Api, admin: str) -> None:
    answer = api.delete(f"{BASE}/a%20b/throttle", bearer=admin)

    assert faulty_fields(answer) == ["customer_id"]


def test_another_customer_in_the_body_is_a_fault(api: Api, admin: str) -> None:
    answer = api.delete(f"{BASE}/zoe/throttle", {"customer_id": "yan"}, bearer=admin)

    assert faulty_fields(answer) == ["customer_id"]
