"""What only FastAPI has: the dependencies, and the OpenAPI that shows them."""

from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI
from support.http.api import Api
from support.http.asgi_client import through_test_client

from cybershop_customer import Session
from cybershop_customer.entrypoints.middleware.fastapi import current_session, protect, require_role
from cybershop_customer.entrypoints.testkit.session_checker import MemorySessionChecker

CurrentSession = Annotated[Session, Depends(current_session)]
Editor = Annotated[Session, Depends(require_role("editor"))]


@pytest.fixture
def checker() -> MemorySessionChecker:
    return MemorySessionChecker()


@pytest.fixture
def app(checker: MemorySessionChecker) -> FastAPI:
    app = FastAPI()
    protect(app, checker, public=["/health", "/mistake", "/openapi.json"])
    team = APIRouter(dependencies=[Depends(require_role("admin"))])

    @app.get("/mine")
    def mine(session: CurrentSession) -> str:
        return session.customer_id

    @team.put("/edit/{page}", responses={401: {"description": "our own"}})
    async def edit(page: str, editor: Editor) -> str:
        return f"{editor.customer_id} edits {page}"

    @app.get("/mistake")
    def mistake(session: CurrentSession) -> None: ...

    @app.get("/health")
    def health() -> None: ...

    app.include_router(team)
    return app


@pytest.fixture
def api(app: FastAPI) -> Api:
    return Api(through_test_client(app))


def operation(api: Api, path: str, method: str = "get") -> Any:
    return api.get("/openapi.json").json["paths"][path][method]


def test_an_operation_shows_the_bearer_and_the_refusals_of_its_session(api: Api) -> None:
    shown = operation(api, "/mine")

    assert shown["security"] == [{"session": []}]
    assert shown["responses"].keys() == {"200", "401", "503"}
    schemes = api.get("/openapi.json").json["components"]["securitySchemes"]
    assert (schemes["session"]["type"], schemes["session"]["scheme"]) == ("http", "bearer")


def test_a_refusal_is_shown_as_the_problem_that_is_sent(api: Api) -> None:
    response = operation(api, "/mine")["responses"]["401"]
    ((media_type, content),) = response["content"].items()
    *_, name = content["schema"]["$ref"].split("/")
    schema = api.get("/openapi.json").json["components"]["schemas"][name]

    answer = api.get("/mine")

    assert answer.headers["content-type"] == media_type
    assert response["headers"].keys() <= {
        name.title().replace("Www", "WWW") for name in answer.headers
    }
    assert set(schema["required"]) <= answer.json.keys() <= schema["properties"].keys()


def test_an_operation_for_a_role_shows_the_role_and_403(api: Api) -> None:
    shown = operation(api, "/edit/{page}", "put")

    assert {role for need in shown["security"] for role in need["session"]} == {"admin", "editor"}
    assert "admin and editor" in shown["responses"]["403"]["description"]
    assert shown["responses"]["401"]["description"] == "our own"


def test_a_public_operation_shows_none_of_it(api: Api) -> None:
    shown = operation(api, "/health")

    assert "security" not in shown
    assert shown["responses"].keys() == {"200"}


def test_an_operation_that_is_added_later_is_shown_too(api: Api, app: FastAPI) -> None:
    assert api.get("/openapi.json").status == 200

    @app.get("/later")
    def later(session: CurrentSession) -> None: ...

    app.openapi_schema = None
    assert "401" in operation(api, "/later")["responses"]


def test_every_role_is_demanded(api: Api, checker: MemorySessionChecker) -> None:
    statuses = {
        roles: api.put("/edit/p1", bearer=checker.open_session("ann", roles)).status
        for roles in [(), ("admin",), ("editor",), ("admin", "editor")]
    }

    assert [*statuses.values()] == [403, 403, 403, 200]


def test_a_session_on_a_public_path_is_an_error_in_the_program(api: Api) -> None:
    with pytest.raises(RuntimeError, match="this is public"):
        api.get("/mistake")


def test_without_protect_it_is_an_error_in_the_program() -> None:
    app = FastAPI()

    @app.get("/mine")
    def mine(session: CurrentSession) -> None: ...

    with pytest.raises(RuntimeError, match="is missing"):
        Api(through_test_client(app)).get("/mine")
