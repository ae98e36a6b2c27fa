"""Each extra, installed alone from the wheel into a clean environment, has what it promises.

CI installs ``test`` and ``dev`` by itself, and ``all`` is the sum of the others.
"""

from collections.abc import Callable
from typing import Final

from .conftest import Environment

Make = Callable[[str], Environment]
AWS: Final = {
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
}
UNUSED: Final = "http://127.0.0.1:9"

BASE: Final = f"""
import cybershop_customer
from cybershop_customer import *
from cybershop_customer.entrypoints.client import HttpCustomerClient
from cybershop_customer.entrypoints.middleware import asgi, reply, wsgi
from cybershop_customer.entrypoints.session_checkers import http_session_checker
from cybershop_customer.entrypoints.settings import Settings
from cybershop_customer.entrypoints.testkit.session_checker import MemorySessionChecker

fake = MemorySessionChecker()
assert fake.check_session(fake.open_session("zoe")).customer_id == "zoe"
with http_session_checker("{UNUSED}") as checker, HttpCustomerClient("{UNUSED}") as client:
    for ask in (checker.check_session, client.check_session):
        try:
            ask("x" * 43 + ".zoe")
        except CheckerUnavailableError:
            continue
        raise AssertionError(ask)
"""
ASYNC: Final = f"""
import asyncio
from cybershop_customer import CheckerUnavailableError
from cybershop_customer.entrypoints.client import AsyncHttpCustomerClient
from cybershop_customer.entrypoints.session_checkers import async_http_session_checker

async def check():
    async with AsyncHttpCustomerClient("{UNUSED}") as client:
        checker = async_http_session_checker("{UNUSED}")
        for ask in (checker.check_session, client.check_session):
            try:
                await ask("x" * 43 + ".zoe")
            except CheckerUnavailableError:
                continue
            raise AssertionError(ask)
        await checker.aclose()

asyncio.run(check())
"""
DYNAMODB: Final = f"""
from cybershop_customer import CheckerUnavailableError
from cybershop_customer.entrypoints.session_checkers import dynamodb_session_checker

checker = dynamodb_session_checker("{UNUSED}")
try:
    checker.check_session("x" * 43 + ".zoe")
except CheckerUnavailableError:
    pass
checker.close()
"""
SERVICE: Final = """
from cybershop_customer.entrypoints.container import make_container, memory_container
from cybershop_customer.entrypoints.http.app import create_app
from cybershop_customer.entrypoints.settings import Settings

create_app(memory_container().services())
make_container(Settings(storage="sqlite")).services()
make_container(Settings(storage="dynamodb")).services()
"""
WSGI: Final = "from cybershop_customer.entrypoints.http.wsgi import application"
TESTS: Final = """
import pytest
from cybershop_customer import SessionRefusedError
from cybershop_customer.entrypoints.client import HttpCustomerClient
from cybershop_customer.entrypoints.testkit.session_checker_contract import SessionCheckerContract


class TestDirect(SessionCheckerContract):
    @pytest.fixture
    def checker(self, backend):
        return backend.container.session_checker()


def test_fixtures(
    login_as, session_checker, customer_client, customer_clock, customer_mail, customer_url
):
    login = login_as("ann", ["admin"])
    with HttpCustomerClient(customer_url) as client:
        assert client.check_session(login.context_id) == login.session
        client.logout(login.context_id)
    with pytest.raises(SessionRefusedError):
        session_checker.check_session(login.context_id)
"""


def test_the_base_has_the_client_and_the_checker_over_http_and_no_other_package(
    environment: Make,
) -> None:
    base = environment("")

    assert base.packages() == set()
    base.run("python", "-I", "-c", BASE)
    base.run("python", "-I", "-c", ASYNC)
    told = base.run("cybershop-customer", "serve", "--demo", status=2)
    assert told.stdout == ""
    assert told.stderr.startswith("cybershop-customer: ")
    assert told.stderr.endswith("pip install 'cybershop-customer[service]'\n")
    assert told.stderr.count("\n") == 1
    assert base.run("python", "-m", "cybershop_customer", status=2).stderr == told.stderr


def test_dynamodb_has_the_checker_that_reads_the_table(environment: Make) -> None:
    extra = environment("dynamodb")

    assert not extra.packages() & {"falcon", "bcrypt", "waitress", "dependency-injector"}
    extra.run("python", "-I", "-c", DYNAMODB, **AWS)
    told = extra.run("cybershop-customer", "doctor", status=2).stderr
    assert "cybershop-customer[service]" in told


def test_service_has_the_command_the_application_and_every_store(environment: Make) -> None:
    extra = environment("service")

    assert not extra.packages() & {"pytest", "moto"}
    assert "serve" in extra.run("cybershop-customer", "--help").stdout
    extra.run("python", "-I", "-c", SERVICE, **AWS)
    extra.run("python", "-I", "-c", WSGI, CUSTOMER_STORAGE="memory")


def test_testkit_has_the_fixtures_and_the_contract_without_dynamodb(environment: Make) -> None:
    extra = environment("testkit")
    folder = extra.program("python").parents[1]
    (folder / "test_product.py").write_text(TESTS)

    assert not extra.packages() & {"boto3", "botocore", "pynamodb"}
    printed = extra.run("pytest", "-q", "-p", "no:cacheprovider", "-W", "error", "test_product.py")
    assert " passed" in printed.stdout
    assert "skipped" not in printed.stdout
