"""What a protected service has to load for the middleware."""

import subprocess
import sys

import pytest

FRAMEWORKS = {"falcon", "flask", "django", "starlette", "fastapi", "anyio", "waitress"}
OTHERS = {"bcrypt", "zxcvbn", "pynamodb", "boto3", "botocore", "dependency_injector"}


def loaded_by(module: str) -> set[str]:
    """The top-level packages in a new interpreter that imports ``module``."""
    code = f"import sys, {module}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return set(ran.stdout.split())


@pytest.mark.parametrize("name", ["wsgi", "asgi", "reply"])
def test_the_pure_middleware_loads_no_framework(name: str) -> None:
    loaded = loaded_by(f"cybershop_customer.entrypoints.middleware.{name}")

    assert "cybershop_customer" in loaded
    assert loaded & (FRAMEWORKS | OTHERS) == set()


def test_the_middleware_for_falcon_loads_falcon_alone() -> None:
    loaded = loaded_by("cybershop_customer.entrypoints.middleware.falcon")

    assert loaded & (FRAMEWORKS | OTHERS) == {"falcon"}
