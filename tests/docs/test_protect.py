"""Every program of "Protect your service in five minutes" does what the page says."""

import importlib
import importlib.util
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pytest
from support.coroutines.async_cache import AsyncSource
from support.doubles.failing_port import FailingPort
from support.http.api import Api
from support.http.asgi_client import over_asgi, through_test_client
from support.http.customer_api import PASSWORD, the_problem
from support.http.wsgi_client import over_strict_wsgi
from support.protected.django_service import unconfigured_django
from support.protected.falcon_service import through_falcon_client
from support.protected.flask_service import through_flask_client

from cybershop_customer import CheckerUnavailableError
from cybershop_customer.entrypoints.container import Container, memory_container

PAGE: Final = (Path(__file__).parents[2] / "docs" / "protect.md").read_text("utf-8")
CHECKERS: Final = "cybershop_customer.entrypoints.session_checkers"
CLIENTS: Final[dict[str, Callable[[Any], Api]]] = {
    "Falcon": lambda program: Api(through_falcon_client(program.app)),
    "Flask": lambda program: Api(through_flask_client(program.app)),
    "Django": lambda program: Api(over_strict_wsgi(program.application)),
    "FastAPI": lambda program: Api(through_test_client(program.app)),
    "Falcon on ASGI": lambda program: Api(over_asgi(program.app)),
}
NAME: Final = "product"
PRODUCT: Final = {"name": "an apple"}


def program_of(framework: str) -> str:
    """The first block of Python below a heading."""
    return blocks_of(framework)[0]


def blocks_of(framework: str) -> list[str]:
    """The blocks of Python below a heading."""
    section = re.search(rf"^## {framework}$(.*?)^## ", PAGE, re.MULTILINE | re.DOTALL)
    assert section is not None
    return re.findall(r"^```python\n(.*?)^```$", section[1], re.MULTILINE | re.DOTALL)


@pytest.fixture
def container() -> Container:
    return memory_container()


@pytest.fixture
def log_in(container: Container) -> Callable[[str], str]:
    def log_in(customer_id: str) -> str:
        services = container.services()
        if customer_id == "admin":
            services.roles.ensure_admin(customer_id, PASSWORD)
        else:
            services.customers.add_customer(
                customer_id=customer_id, email=f"{customer_id}@shop.example", password=PASSWORD
            )
        found: str = services.sessions.login(customer_id=customer_id, password=PASSWORD).context_id
        return found

    return log_in


@pytest.fixture(params=CLIENTS)
def run(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[Any], Api]]:
    """Runs the framework's program with a checker in place of the one over HTTP."""

    def run(checker: Any) -> Api:
        asked: list[str] = []

        def stand_in(url: str) -> Any:
            asked.append(url)
            return checker

        if importlib.util.find_spec(CHECKERS) is None:
            monkeypatch.setitem(sys.modules, CHECKERS, ModuleType(CHECKERS))
        module = importlib.import_module(CHECKERS)
        monkeypatch.setattr(module, "http_session_checker", stand_in, raising=False)
        monkeypatch.setattr(
            module, "async_http_session_checker", lambda url: AsyncSource(stand_in(url))
        )

        program = ModuleType(NAME)
        monkeypatch.setitem(sys.modules, NAME, program)
        exec(compile(program_of(request.param), "docs/protect.md", "exec"), vars(program))
        api = CLIENTS[request.param](program)
        api.get("/products")  # by now it has a checker
        assert asked == ["http://127.0.0.1:30000"]
        return api

    with unconfigured_django():
        yield run


def test_the_program_does_what_the_page_says(
    run: Callable[[Any], Api], container: Container, log_in: Callable[[str], str]
) -> None:
    api = run(container.session_checker())
    zoe, admin = log_in("zoe"), log_in("admin")

    assert api.get("/health").json == {"alive": True}
    for refused in (api.get("/products"), api.post("/products", PRODUCT)):
        assert the_problem(refused, 401, "session-refused")["reason"] == "missing"
        assert "www-authenticate" in refused.headers
    assert api.get("/products", bearer=zoe).json == {"products": [], "for": "zoe"}
    the_problem(api.post("/products", PRODUCT, bearer=zoe), 403, "role-required")
    assert api.post("/products", PRODUCT, bearer=admin).json == {"added": "an apple"}


def test_unknown_paths_are_answered_as_the_page_says(
    run: Callable[[Any], Api],
    container: Container,
    log_in: Callable[[str], str],
    request: pytest.FixtureRequest,
) -> None:
    api = run(container.session_checker())
    routes_first = request.node.callspec.params["run"] in ("Falcon", "Django")

    assert api.get("/nothing").status == (404 if routes_first else 401)
    assert api.get("/nothing", bearer=log_in("zoe")).status == 404


def test_while_sessions_cannot_be_checked_it_says_so(
    run: Callable[[Any], Api], log_in: Callable[[str], str]
) -> None:
    api = run(FailingPort(CheckerUnavailableError(5)))

    answer = api.get("/products", bearer=log_in("zoe"))

    the_problem(answer, 503, "checker-unavailable")
    assert answer.headers["retry-after"] == "5"
    assert api.get("/health").status == 200


def test_the_tests_of_a_django_project_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    program, tests = ModuleType(NAME), {}
    monkeypatch.setitem(sys.modules, NAME, program)
    with unconfigured_django():
        exec(compile(program_of("Django"), "docs/protect.md", "exec"), vars(program))
        exec(compile(blocks_of("Django")[1], "docs/protect.md", "exec"), tests)
        tests["test_ann_sees_her_products"]()


def test_every_block_of_the_page_is_run() -> None:
    assert [len(blocks_of(framework)) for framework in CLIENTS] == [1, 1, 2, 1, 1]
    # test_readme.py runs the one for any WSGI application, and the one about proven addresses.
    assert PAGE.count("```python\n") == 8
