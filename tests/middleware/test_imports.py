"""The packages that the middleware loads into a protected service."""

import subprocess
import sys

import pytest

FRAMEWORKS = {"falcon", "flask", "django", "starlette", "fastapi", "anyio", "waitress"}
OTHERS = {"bcrypt", "zxcvbn", "pynamodb", "boto3", "botocore", "dependency_injector"}


def loaded_by(module: str, then: str = "pass") -> set[str]:
    """The top-level packages in a new interpreter after ``import module`` and ``then``."""
    names = "{name.partition('.')[0] for name in sys.modules}"
    code = f"import sys, {module}; {then}; print(*{names})"
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return set(ran.stdout.split())


@pytest.mark.parametrize("name", ["wsgi", "asgi", "reply"])
def test_the_pure_middleware_loads_no_framework(name: str) -> None:
    loaded = loaded_by(f"cybershop_customer.entrypoints.middleware.{name}")

    assert "cybershop_customer" in loaded
    assert loaded & (FRAMEWORKS | OTHERS) == set()


def test_a_service_with_threads_loads_no_asyncio() -> None:
    assert "asyncio" not in loaded_by("cybershop_customer.entrypoints.middleware.wsgi")
    assert "asyncio" not in loaded_by("cybershop_customer.entrypoints.session_checkers")
    assert "asyncio" not in loaded_by("cybershop_customer.entrypoints.client")


def test_the_middleware_for_falcon_loads_no_other_framework() -> None:
    loaded = loaded_by("cybershop_customer.entrypoints.middleware.falcon")

    assert loaded & (FRAMEWORKS | OTHERS) == {"falcon"}


def test_the_middleware_for_django_loads_no_other_framework() -> None:
    loaded = loaded_by("cybershop_customer.entrypoints.middleware.django")

    assert loaded & (FRAMEWORKS | OTHERS) == {"django"}


@pytest.mark.parametrize(
    ("name", "needed"),
    [
        ("fastapi", {"fastapi", "starlette", "anyio"}),
        ("starlette", {"starlette", "anyio"}),
        ("flask", {"flask"}),
    ],
)
def test_the_session_of_a_framework_loads_no_other_framework(name: str, needed: set[str]) -> None:
    loaded = loaded_by(f"cybershop_customer.entrypoints.middleware.{name}")

    assert loaded & (FRAMEWORKS | OTHERS) == needed


def test_a_checker_loads_only_its_own_client() -> None:
    module = "cybershop_customer.entrypoints.session_checkers"
    make = f"{module}.http_session_checker('http://127.0.0.1:30000')"

    assert loaded_by(module) & (FRAMEWORKS | OTHERS | {"urllib3"}) == set()
    assert loaded_by(module, make) & (FRAMEWORKS | OTHERS | {"urllib3"}) == set()
