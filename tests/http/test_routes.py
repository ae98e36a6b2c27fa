import pytest
from support.api import Api
from support.shop import BASE, the_problem

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT"]
ALLOWED = {
    BASE: "DELETE, POST, PUT",
    f"{BASE}/login": "PUT",
    f"{BASE}/logoff": "PUT",
    f"{BASE}/session": "GET, POST",
    f"{BASE}/zoe": "DELETE, GET, PUT",
    f"{BASE}/zoe/sessions": "DELETE, GET",
    f"{BASE}/zoe/log": "GET",
    "/livez": "GET",
    "/readyz": "GET",
}


def allowed(header: str) -> set[str]:
    return set(header.split(", ")) - {"OPTIONS"}


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("path", ALLOWED)
def test_other_methods_are_told_which_ones_the_path_takes(api: Api, path: str, slash: str) -> None:
    for method in set(METHODS) - allowed(ALLOWED[path]) - {"HEAD"}:
        answer = api.request(method, path + slash)

        the_problem(answer, 405, "method-not-allowed")
        assert allowed(answer.headers["allow"]) == allowed(ALLOWED[path]), method


@pytest.mark.parametrize("path", ALLOWED)
def test_options_says_which_methods_the_path_takes(api: Api, path: str) -> None:
    answer = api.request("OPTIONS", path)

    assert (answer.status, answer.body) == (200, b"")
    assert allowed(answer.headers["allow"]) == allowed(ALLOWED[path])


def test_a_refused_head_has_no_body(api: Api) -> None:
    answer = api.request("HEAD", BASE)

    assert (answer.status, answer.body) == (405, b"")
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("method", ["BREW", "WEBSOCKET", "M-SEARCH", "X" * 1000, "!#$%&'*+-.^_`|~"])
def test_methods_that_do_not_exist_are_refused(api: Api, method: str) -> None:
    the_problem(api.request(method, BASE), 400, "bad-request")
    assert api.request(method, "/nowhere").status in (400, 404)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "//",
        "/api",
        "/api/v1",
        "/api/v2/customer",
        "/API/V1/CUSTOMER",
        "/api/v1/customers",
        "/api//v1/customer",
        f"{BASE}/zoe/nothing",
        f"{BASE}/zoe/log/1",
        f"{BASE}/zoe%2Flog%2F1",
        f"{BASE}/../../../etc/passwd",
        "/%",
        "/%zz",
        "/%00",
        "/%ff%fe",
        "/" + "a" * 10_000,
        "/livez/x",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_there_is_nothing_elsewhere(api: Api, method: str, path: str) -> None:
    answer = api.request(method, path, body=b"{}")

    problem = the_problem(answer, 404, "not-found")
    assert "/api/v1/customer" in problem["detail"]
    assert "etc" not in answer.body.decode()


def test_fields_in_the_query_are_not_read(api: Api, admin: str) -> None:
    answer = api.put(f"{BASE}/admin?lname=New&password=x", {"fname": "Ada"}, bearer=admin)

    assert answer.status == 200
    assert api.get(f"{BASE}/admin", bearer=admin).json["lname"] == ""
