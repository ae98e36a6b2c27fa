"""The commands that the documents print work as they are printed, one after the other.

Only the ports differ, since those of the documents may be in use.
"""

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from typing import Final

import pytest
from support.http.customer_api import BASE
from support.http.transports import TIMEOUT, served
from support.processes.command import Service
from support.repository.checkout import ROOT
from support.repository.markdown import Document

CUSTOMER_PORT: Final = "30000"
PRODUCT_PORT: Final = "30001"


@pytest.fixture
def settings() -> dict[str, str]:
    return {}


@pytest.fixture
def service(settings: dict[str, str]) -> Iterator[Service]:
    with ExitStack() as stack:
        yield Service.start(stack, "--demo", "--port", "0", **settings)


@pytest.fixture
def shell(service: Service, tmp_path: Path) -> Callable[..., str]:
    """Runs a block in a folder with ``api.mak``; what it printed. It must succeed."""
    (tmp_path / "api.mak").symlink_to(ROOT / "api.mak")

    def run(block: str, product_port: str = PRODUCT_PORT) -> str:
        block = block.replace(CUSTOMER_PORT, service.port).replace(PRODUCT_PORT, product_port)
        done = subprocess.run(
            ["sh", "-eu", "-c", block],
            cwd=tmp_path,
            env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "PORT": service.port},
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def test_those_of_the_readme(shell: Callable[..., str]) -> None:
    start, operations, _tests, check = Document(ROOT / "README.md").blocks("sh")

    assert start == "pip install '.[service]' && cybershop-customer serve --demo\n"
    assert shell(operations).count("\n200\n") == 5
    assert '"customer_id": "admin", "roles": ["admin"]' in shell(check).splitlines()[-1]


def test_those_that_try_a_protected_service(shell: Callable[..., str], service: Service) -> None:
    page = Document(ROOT / "docs" / "protect.md")
    (trial,) = [block for block in page.blocks("sh") if "curl" in block]
    program = ModuleType("product")
    code = page.blocks("python")[0].replace(CUSTOMER_PORT, service.port)
    exec(compile(code, str(page), "exec"), vars(program))
    try:
        with served(program.app) as product:
            printed = shell(trial, product_port=product.url.rpartition(":")[2])
    finally:
        program.checker.close()

    assert re.findall(r"HTTP/1.1 (\d+)", printed) == ["401", "200"]
    assert '{"products": [], "for": "admin"}' in printed


SECRET: Final = "0123456789abcdef0123456789ABCDEF"


@pytest.mark.parametrize("settings", [{"CUSTOMER_INTROSPECTION_TOKENS": f"orders={SECRET}"}])
def test_those_of_introspection(shell: Callable[..., str], settings: dict[str, str]) -> None:
    start, ask = Document(ROOT / "docs" / "introspection.md").blocks("sh")
    ((name, value),) = settings.items()
    assert start == f"{name}={value} cybershop-customer serve --demo\n"

    said = json.loads(shell(ask))

    assert (said["active"], said["sub"], said["scope"]) == (True, "admin", "admin")


@pytest.mark.parametrize("settings", [{"CUSTOMER_EMAIL_VERIFICATION": "required"}])
def test_those_of_the_own_account(shell: Callable[..., str], service: Service) -> None:
    start, register, look, forget = Document(ROOT / "docs" / "account.md").blocks("sh")
    assert start == "CUSTOMER_EMAIL_VERIFICATION=required cybershop-customer serve --demo\n"

    shell(register)
    with service.api() as api:
        path = f"{BASE}/email-verification/complete"
        assert api.post(path, {"token": _next_token(service, "verify-email")}).status == 200
    printed = shell(register.splitlines()[0] + "\n" + look)
    shell(register.splitlines()[0] + "\n" + forget)
    token = _next_token(service, "reset-password")

    assert '"email_verified": true' in printed
    assert '"current": true' in printed
    assert '"operation_name": "complete_email_verification"' in printed
    with service.api() as api:
        message = {"token": token, "password": "winter is over"}
        assert api.post(f"{BASE}/password-reset/complete", message).status == 200


def _next_token(service: Service, page: str) -> str:
    """The token of the next mail that the demo prints."""
    while not (line := service.next_line()).startswith("Mail to zoe@shop.example: "):
        pass
    link, token = line.rpartition(" ")[2].split("#token=")
    assert link == f"{service.url}/demo/{page}"
    return token
