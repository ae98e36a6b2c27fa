"""The admin of the settings, whose id a customer took first."""

from support.http.api import Api
from support.http.customer_api import BASE, add, log_in, the_problem

from cybershop_customer.entrypoints.container import Container

PASSWORD = "the operator's own"


def test_nothing_of_the_squatter_is_left(api: Api, container: Container) -> None:
    add(api, "zoe", fname="Squat", address1="Earth 2")
    squatter = log_in(api, "zoe")

    container.roles().ensure_admin("zoe", PASSWORD)

    the_problem(api.get(f"{BASE}/session", bearer=squatter), 401, "session-refused")
    admin = log_in(api, "zoe", PASSWORD)
    profile = api.get(f"{BASE}/zoe", bearer=admin).json
    assert (profile["email"], profile["roles"]) == (None, ["admin"])
    assert {profile[name] for name in ("fname", "lname", "address1", "address2")} == {""}
    login = {"email": "zoe@shop.example", "password": PASSWORD}
    the_problem(api.put(f"{BASE}/login", login), 401, "login-refused")
    records = api.get(f"{BASE}/zoe/log", bearer=admin).json["records"]
    (record,) = (each for each in records if each["operation_name"] == "ensure_admin")
    assert record["fields"] == ["address1", "email", "fname", "password", "roles"]
    assert record["actor_id"] == "operator"
    add(api, "yan", email="zoe@shop.example")
