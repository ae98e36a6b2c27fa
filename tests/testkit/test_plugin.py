"""The pytest plugin in another project."""

import inspect
from pathlib import Path

from support.processes.pytest_project import run_pytest

from cybershop_customer.entrypoints.testkit import plugin

FIXTURES = [
    "customer_client",
    "customer_clock",
    "customer_container",
    "customer_mail",
    "customer_services",
    "customer_url",
    "login_as",
    "session_checker",
]
HEAVY = [
    *("bcrypt", "boto3", "botocore", "dependency_injector", "email_validator"),
    *("falcon", "pynamodb", "urllib3", "waitress"),
]


def test_pytest_loads_the_plugin_and_a_fixture_loads_the_rest(tmp_path: Path) -> None:
    outcome = run_pytest(
        tmp_path,
        test_shop=f"""
            import sys

            HEAVY = {HEAVY}

            def test_unused(pytestconfig):
                assert pytestconfig.pluginmanager.has_plugin("cybershop_customer")
                assert [name for name in HEAVY if name in sys.modules] == []

            def test_only_the_face_of_the_package_is_loaded():
                loaded = [name.split(".")[1:] for name in sys.modules
                          if name.startswith("cybershop_customer.")]
                assert {{name[0] for name in loaded}} == {{"domain", "ports", "entrypoints"}}
                assert sorted(name[-1] for name in loaded if name[0] == "entrypoints") == [
                    "entrypoints", "password", "plugin", "testkit"]

            def test_used(login_as):
                assert login_as("ann").session.customer_id == "ann"
        """,
    )

    assert outcome.counts == {"passed": 3}, outcome.output


def test_the_plugin_has_fixtures_and_neither_options_nor_hooks() -> None:
    names = [name for name in vars(plugin) if not name.startswith("_")]

    assert [name for name in names if name.startswith("pytest_")] == []
    fixtures = [name for name in names if type(getattr(plugin, name)).__name__.startswith("Fix")]
    assert sorted(fixtures) == FIXTURES


def test_pytest_shows_the_docstring_of_every_fixture(tmp_path: Path) -> None:
    outcome = run_pytest(tmp_path, "--fixtures", test_shop="def test_nothing(): pass")

    for name in FIXTURES:
        doc = inspect.getdoc(getattr(plugin, name))
        assert doc
        assert f"\n{name} -- " in outcome.output
        assert doc.splitlines()[0] in outcome.output


def test_a_project_can_override_the_container(tmp_path: Path) -> None:
    outcome = run_pytest(
        tmp_path,
        conftest="""
            import pytest
            from cybershop_customer.entrypoints.container import make_container
            from cybershop_customer.entrypoints.settings import Settings

            @pytest.fixture
            def customer_container(customer_clock):
                settings = Settings.demo_from_environ({"CUSTOMER_SESSION_IDLE_SECONDS": "60"})
                container = make_container(settings)
                container.clock.override(customer_clock)
                return container
        """,
        test_shop="""
            def test_a_minute(login_as):
                session = login_as("ann").session
                assert (session.expires_at - session.issued_at).total_seconds() == 60
        """,
    )

    assert outcome.counts == {"passed": 1}, outcome.output


def test_customer_url_works_in_another_project(tmp_path: Path) -> None:
    outcome = run_pytest(
        tmp_path,
        test_shop="""
            from urllib.request import Request, urlopen

            def test_over_http(customer_url, login_as):
                bearer = {"Authorization": f"Bearer {login_as('ann').context_id}"}
                request = Request(f"{customer_url}/api/v1/customer/session", headers=bearer)
                with urlopen(request, timeout=30) as answer:
                    assert answer.status == 200
        """,
    )

    assert outcome.counts == {"passed": 1}, outcome.output


def test_another_checker_can_inherit_the_contract(
    tmp_path: Path,
) -> None:
    outcome = run_pytest(
        tmp_path,
        "-k",
        "pair",
        test_shop="""
            import pytest
            from cybershop_customer import SessionChecker
            from cybershop_customer.entrypoints.testkit.session_checker_contract import (
                SessionCheckerContract,
            )

            class MyChecker(SessionChecker):
                def __init__(self, services):
                    self.services = services

                def check_session(self, context_id, *, customer_id=None, role=None):
                    return self.services.sessions.check_session(context_id)

            class TestMyChecker(SessionCheckerContract):
                @pytest.fixture
                def checker(self, backend):
                    return MyChecker(backend.services)
        """,
    )

    assert outcome.status == 1, outcome.output
    assert outcome.counts["passed"] >= 1
    assert outcome.counts["failed"] >= 8
    assert "DID NOT RAISE" in outcome.output


def test_a_failed_assertion_of_the_contract_shows_its_values(tmp_path: Path) -> None:
    outcome = run_pytest(
        tmp_path,
        "-k",
        "never_issued",
        test_shop="""
            import pytest
            from cybershop_customer import RefusalReason, SessionChecker, SessionRefusedError
            from cybershop_customer.entrypoints.testkit.session_checker_contract import (
                SessionCheckerContract,
            )

            class MyChecker(SessionChecker):
                def check_session(self, context_id, *, customer_id=None, role=None):
                    raise SessionRefusedError(RefusalReason.EXPIRED)

            class TestMyChecker(SessionCheckerContract):
                @pytest.fixture
                def checker(self):
                    return MyChecker()
        """,
    )

    assert outcome.counts["failed"] == 1, outcome.output
    assert "assert <RefusalReason.EXPIRED" in outcome.output
