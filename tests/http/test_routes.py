import pytest
from support.http.api import Answer, Api
from support.http.customer_api import BASE, a_message, faulty_fields, the_problem
from support.http.routes import routes

from cybershop_customer.domain.reserved_ids import PATH_WORDS
from cybershop_customer.entrypoints.container import Container

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT"]
ALLOWED = {
    BASE: "DELETE, GET, HEAD, POST, PUT",
    f"{BASE}/login": "PUT",
    f"{BASE}/logoff": "PUT",
    f"{BASE}/session": "GET, HEAD, POST",
    f"{BASE}/session/feed": "GET, HEAD",
    f"{BASE}/session/introspect": "POST",
    f"{BASE}/health": "GET, HEAD",
    f"{BASE}/readiness": "GET, HEAD",
    f"{BASE}/me": "DELETE, GET, HEAD, PATCH",
    f"{BASE}/me/password": "PUT",
    f"{BASE}/me/email": "PUT",
    f"{BASE}/me/sessions": "DELETE, GET, HEAD",
    f"{BASE}/me/sessions/a-session": "DELETE",
    f"{BASE}/password-reset": "POST",
    f"{BASE}/password-reset/complete": "POST",
    f"{BASE}/email-verification": "POST",
    f"{BASE}/email-verification/complete": "POST",
    f"{BASE}/me/export": "GET, HEAD",
    f"{BASE}/zoe": "DELETE, GET, HEAD, PUT",
    f"{BASE}/zoe/sessions": "DELETE, GET, HEAD",
    f"{BASE}/zoe/log": "GET, HEAD",
    f"{BASE}/zoe/throttle": "DELETE",
    "/livez": "GET, HEAD",
    "/readyz": "GET, HEAD",
}

ANY_METHOD = {f"{BASE}/session/authorize", f"{BASE}/session/authorize/{{path:path}}"}
"""The gate, which test_authorize.py has."""

GIVEN_ID = {"X-Request-ID": "head-or-get"}


def a_path(template: str) -> str:
    """The path of ``template`` for the customer zoe."""
    return template.replace("{customer_id}", "zoe").replace("{session_id}", "a-session")


def without_date(answer: Answer) -> dict[str, str]:
    """The headers without those that differ between any two answers."""
    return {name: text for name, text in answer.headers.items() if name != "date"}


def allowed(header: str) -> set[str]:
    return set(header.split(", ")) - {"OPTIONS"}


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("path", ALLOWED)
def test_another_method_gets_405_with_the_allowed_methods(api: Api, path: str, slash: str) -> None:
    for method in set(METHODS) - allowed(ALLOWED[path]) - {"HEAD"}:
        answer = api.request(method, path + slash)

        the_problem(answer, 405, "method-not-allowed")
        assert allowed(answer.headers["allow"]) == allowed(ALLOWED[path]), method


@pytest.mark.parametrize("path", ALLOWED)
def test_options_lists_the_allowed_methods(api: Api, path: str) -> None:
    answer = api.request("OPTIONS", path)

    assert (answer.status, answer.body) == (200, b"")
    assert allowed(answer.headers["allow"]) == allowed(ALLOWED[path])


def test_a_refused_head_has_no_body(api: Api) -> None:
    answer = api.request("HEAD", f"{BASE}/login")

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
        f"{BASE}/zoe/sessions/1",
        f"{BASE}/me/nothing",
        f"{BASE}/password-reset/nothing",
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
def test_other_paths_are_not_found(api: Api, method: str, path: str) -> None:
    answer = api.request(method, path, body=b"{}")

    problem = the_problem(answer, 404, "not-found")
    assert "/api/v1/customer" in problem["detail"]
    assert "etc" not in answer.body.decode()


def test_fields_in_the_query_are_not_read(api: Api, admin: str) -> None:
    answer = api.put(f"{BASE}/admin?lname=New&password=x", {"fname": "Ada"}, bearer=admin)

    assert answer.status == 200
    assert api.get(f"{BASE}/admin", bearer=admin).json["lname"] == ""


def test_every_route_of_the_application_is_listed_here(api: Api, container: Container) -> None:
    paths = {a_path(path) for path, _methods in routes(container)}

    assert paths == set(ALLOWED) | ANY_METHOD


@pytest.mark.parametrize("slash", ["", "/"])
def test_head_has_the_answer_of_get_without_its_body(
    api: Api, admin: str, container: Container, slash: str
) -> None:
    served = [path for path, methods in routes(container) if "GET" in methods]
    assert len(served) > 5
    for template in served:
        path = template.replace("{customer_id}", "admin") + slash
        for bearer in (None, admin):
            got = api.get(path, bearer=bearer, headers=GIVEN_ID)
            head = api.request("HEAD", path, bearer=bearer, headers=GIVEN_ID)

            assert (head.status, head.body) == (got.status, b""), path
            assert without_date(head) == without_date(got), path
            if got.status == 200 and path.rstrip("/").endswith("/export"):
                assert "content-length" not in head.headers  # It is streamed.
            else:
                assert int(head.headers["content-length"]) == len(got.body), path


def test_head_is_refused_where_get_is_refused(api: Api, container: Container) -> None:
    refusing = [path for path, methods in routes(container) if "GET" not in methods]
    assert len(refusing) > 2
    for path in refusing:
        assert api.request("HEAD", a_path(path)).status == 405, path


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    ("probe", "alias"), [("/livez", f"{BASE}/health"), ("/readyz", f"{BASE}/readiness")]
)
def test_the_shops_health_paths_answer_like_livez_and_readyz(
    api: Api, method: str, probe: str, alias: str, slash: str
) -> None:
    usual, shops = api.request(method, probe), api.request(method, alias + slash)

    assert (shops.status, shops.body) == (200, usual.body)


def test_every_word_of_a_path_is_reserved(container: Container) -> None:
    words = {
        word
        for path, _methods in routes(container)
        for word in path.split("/")
        if word and not word.startswith("{")
    }

    assert words <= PATH_WORDS
    assert {"health", "livez", "session", "feed", "sessions", "log"} <= words


def test_customers_cannot_register_under_a_reserved_id(api: Api) -> None:
    for customer_id in sorted({*PATH_WORDS, "Login", "HEALTH", "admin", "Root", "no-reply"}):
        answer = api.post(f"{BASE}/", a_message(customer_id, email="zoe@shop.example"))

        assert faulty_fields(answer) == ["customer_id"], customer_id


def test_admins_cannot_register_a_reserved_id_over_http(api: Api, admin: str) -> None:
    answer = api.post(f"{BASE}/", a_message("support"), bearer=admin)

    assert faulty_fields(answer) == ["customer_id"]
