from support.http.api import Api
from support.http.customer_api import BASE, add, faulty_fields, log_in, the_problem

from cybershop_customer.entrypoints.testkit.clock import ManualClock


def test_customers_read_themselves(api: Api) -> None:
    add(api, "zoe", fname="Zoe", address2="There")

    answer = api.get(f"{BASE}/zoe", bearer=log_in(api, "zoe"))

    assert answer.status == 200
    assert answer.json == {
        "customer_id": "zoe",
        "email": "zoe@shop.example",
        "email_verified": False,
        "fname": "Zoe",
        "lname": "",
        "address1": "",
        "address2": "There",
        "locale": "",
        "roles": [],
        "created_at": "2031-05-17T12:00:00.123456Z",
        "updated_at": "2031-05-17T12:00:00.123456Z",
    }


def test_admins_read_any_customer(api: Api, admin: str, clock: ManualClock) -> None:
    add(api, "zoe")
    clock.advance(seconds=0.5)
    api.put(f"{BASE}/zoe", {"lname": "New"}, bearer=admin)

    stored = api.get(f"{BASE}/zoe", bearer=admin).json

    assert stored["created_at"] == "2031-05-17T12:00:00.123456Z"
    assert stored["updated_at"] == "2031-05-17T12:00:00.623456Z"


def test_an_admin_of_the_settings_has_no_address(api: Api, admin: str) -> None:
    stored = api.get(f"{BASE}/admin", bearer=admin).json

    assert (stored["email"], stored["roles"]) == (None, ["admin"])


def test_customers_cannot_read_other_customers(api: Api) -> None:
    add(api, "zoe")
    add(api, "yan")
    context_id = log_in(api, "yan")

    existing = the_problem(api.get(f"{BASE}/zoe", bearer=context_id), 403, "role-required")
    missing = the_problem(api.get(f"{BASE}/nobody", bearer=context_id), 403, "role-required")

    assert existing["detail"] == missing["detail"]
    the_problem(api.get(f"{BASE}/zoe"), 401, "session-refused")


def test_a_customer_who_does_not_exist_is_not_found(api: Api, admin: str) -> None:
    the_problem(api.get(f"{BASE}/nobody", bearer=admin), 404, "customer-not-found")


def test_a_malformed_id_is_refused(api: Api, admin: str) -> None:
    assert faulty_fields(api.get(f"{BASE}/a%20b", bearer=admin)) == ["customer_id"]
    assert faulty_fields(api.get(f"{BASE}/%00", bearer=admin)) == ["customer_id"]
    assert faulty_fields(api.get(f"{BASE}/%FF", bearer=admin)) == ["customer_id"]
