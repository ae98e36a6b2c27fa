"""What the extras bring, and what a program is told without them."""

import json
import subprocess
import sys
from itertools import combinations
from typing import Final

import pytest
from support.repository.checkout import PACKAGE
from support.repository.requirements import base_requirements, extras, packages_of

from cybershop_customer.adapters.extras import EXTRAS

INSTALL: Final = "pip install 'cybershop-customer[{}]'"
MISSING: Final = {
    # The import, or the call after it, of each way in; and what to install.
    "from {}.adapters.bcrypt.password_hasher import BcryptPasswordHasher": "service",
    "from {}.entrypoints.settings import Settings; from {}.entrypoints.tracing import make_tracing;"
    "make_tracing(Settings(traces=True))": "otel",
    "from {}.entrypoints.container import memory_container": "service",
    "from {}.entrypoints.http.app import create_app": "service",
    "from {}.entrypoints.http.wsgi import application": "service",
    "from {}.entrypoints.session_checkers import dynamodb_session_checker as make; make()": (
        "dynamodb"
    ),
    "from {}.entrypoints.metrics import SessionCheckerCollector": "metrics",
    "from {}.entrypoints.settings import Settings; from {}.entrypoints.store import make_store;"
    "make_store(Settings(storage='dynamodb'))": "dynamodb",
    "from {}.entrypoints.testkit.http_server import served": "testkit",
    "from {}.entrypoints.testkit.service import service_container": "testkit",
    "from {}.entrypoints.testkit.session_checker_contract import SessionCheckerContract": "testkit",
}
IMPORTED_AS: Final = {
    "argon2-cffi": "argon2",
    "opentelemetry-api": "opentelemetry",
    "opentelemetry-exporter-otlp-proto-http": "opentelemetry.exporter",
    "opentelemetry-sdk": "opentelemetry.sdk",
}
"""What is not imported under its own name."""
FRAMEWORKS: Final = {
    "from {}.entrypoints.middleware.django import CustomerSessionMiddleware": "django",
    "from {}.entrypoints.middleware.falcon import protect": "falcon",
}
ABSENT: Final = sorted({*set().union(*EXTRAS.values()), "django", "asgiref"})
BASE_ONLY: Final = f"""
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name in {ABSENT}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())
"""
"""Python then behaves as if these packages were not installed."""
TRY_EACH: Final = """
import json
told = {}
for code in %r:
    try:
        exec(code)
    except ImportError as error:
        told[code] = [error.name, str(error)]
print(json.dumps(told))
"""


def run_in_base(code: str, status: int = 0) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-c", f"{BASE_ONLY}\n{code}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stderr
    return done


@pytest.fixture(scope="module")
def told() -> dict[str, tuple[str, str]]:
    """For each way in that needs more than the base, the missing package and the error."""
    codes = [code.replace("{}", PACKAGE) for code in (*MISSING, *FRAMEWORKS)]
    said: dict[str, tuple[str, str]] = json.loads(run_in_base(TRY_EACH % codes).stdout)
    return said


@pytest.mark.parametrize(("code", "extra"), MISSING.items())
def test_a_way_in_names_the_package_and_the_extra(
    told: dict[str, tuple[str, str]], code: str, extra: str
) -> None:
    package, error = told[code.replace("{}", PACKAGE)]

    assert package in EXTRAS[extra]
    install = INSTALL.format(extra)
    assert error == f"{package} is not installed. Install the extra {extra!r}: {install}"


@pytest.mark.parametrize(("code", "framework"), FRAMEWORKS.items())
def test_a_middleware_names_its_framework(
    told: dict[str, tuple[str, str]], code: str, framework: str
) -> None:
    package, error = told[code.replace("{}", PACKAGE)]

    install = f"pip install {framework}"
    assert error == f"{package} is not installed. Install the framework: {install}"


@pytest.mark.parametrize("way", ["entrypoints.cli.start", "__main__"])
def test_the_command_says_what_is_missing(way: str) -> None:
    told = run_in_base(f"from {PACKAGE}.{way} import main; sys.exit(main())", status=2)

    assert told.stdout == ""
    assert told.stderr.startswith("cybershop-customer: ")
    assert told.stderr.endswith(f"Install the extra 'service': {INSTALL.format('service')}\n")
    assert told.stderr.count("\n") == 1


def test_the_base_requires_nothing() -> None:
    assert base_requirements() == []


@pytest.mark.parametrize("extra", EXTRAS)
def test_the_packages_of_an_extra_are_those_of_setup_cfg(extra: str) -> None:
    imported = {IMPORTED_AS.get(name, name.replace("-", "_")) for name in packages_of(extra)}
    assert imported == EXTRAS[extra]


def test_all_is_what_users_need_and_test_and_dev_have_it_too() -> None:
    every = {
        **packages_of("service"),
        **packages_of("testkit"),
        **packages_of("otel"),
        **packages_of("foreign-hashes"),
        **packages_of("granian"),
    }

    assert packages_of("all") == every
    assert every.keys() <= packages_of("test").keys() <= packages_of("dev").keys()
    assert extras().keys() == {*EXTRAS, "all", "test", "dev"}


def test_a_package_has_the_same_versions_in_each_extra_for_users() -> None:
    for one, other in combinations(EXTRAS, 2):
        mine, theirs = packages_of(one), packages_of(other)
        for name in mine.keys() & theirs.keys():
            assert mine[name] == theirs[name], name
