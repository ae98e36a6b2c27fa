"""The targets of api.mak against ``serve --demo``, with nothing but make, curl and a shell."""

import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from support.http.customer_api import BASE, is_live, log_in
from support.processes.command import Service
from support.processes.make import Make, Result, folder_of_tools

TARGETS = ["ccustomer", "ucustomer", "dcustomer", "apilogin", "apilogoff"]
UPDATED = "567dce7f-b7b4-4efd-b75e-2b98592abe6d"
SHOPPER = "567dce7f-b7b4-4efd-b75e-2b98592a56mdsf"
SHOPPERS_PASSWORD = "abcdefghisdsa8664654646"
PASSWORDS = [
    'it\'s "quoted" «twice»',
    r"back\slash \n \" \\ end\\",
    "two  spaces and a trailing one ",
    "dollars $HOME $(id) ${x} $$ $",
    "`id` ; exit 1 # & | > x < y * ? ~ ! %s %",
    "zoë 密码 🦊 محمد",
    '{}[],: "a": [1, {}]',
    "a\ttab",
]


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder_of_tools(tmp_path_factory.mktemp("tools") / "bin", ["make", "curl", "sh"])


@pytest.fixture
def service(demo: Callable[..., Service]) -> Service:
    return demo()


@pytest.fixture
def make(service: Service, tools: Path, tmp_path: Path) -> Make:
    return Make(tmp_path, service.port, tools)


def refused(result: Result, status: int) -> bool:
    """Whether the target failed after it printed the service's refusal."""
    assert result.exit_status != 0
    return result.exchange.status == status


def test_the_five_targets_succeed_in_sequence_on_a_fresh_start(
    make: Make, service: Service
) -> None:
    results = {target: make(target) for target in TARGETS}

    assert {name: result.exit_status for name, result in results.items()} == dict.fromkeys(
        TARGETS, 0
    )
    assert {result.stderr for result in results.values()} == {""}
    exchanges = {name: result.exchange for name, result in results.items()}
    api = f"{service.url}{BASE}"
    assert {name: exchange.line for name, exchange in exchanges.items()} == {
        "ccustomer": f"POST {api}/",
        "ucustomer": f"PUT {api}/",
        "dcustomer": f"DELETE {api}/",
        "apilogin": f"PUT {api}/login",
        "apilogoff": f"PUT {api}/logoff",
    }
    assert {name: exchange.got["message"] for name, exchange in exchanges.items()} == {
        "ccustomer": "Customer added.",
        "ucustomer": "Customer updated.",
        "dcustomer": "Customer deleted.",
        "apilogin": "Logged in.",
        "apilogoff": "Logged out.",
    }
    assert all(exchange.status == 200 for exchange in exchanges.values())
    assert bool(exchanges["ucustomer"].bearer) is bool(exchanges["dcustomer"].bearer) is True


def test_the_messages_are_the_seeds(make: Make) -> None:
    barry = {
        "customer_id": f"{UPDATED}21",
        "lname": "Barry",
        "email": "barry_allen@starlabs.com",
        "fname": "Allen",
        "address1": "Earth 1",
        "address2": "Earth-Prime",
        "password": "flash",
    }
    larry = {"customer_id": UPDATED, "lname": "Larry", "email": "larry_allen@starlabs.com"}

    sent = {target: make(target).exchange.sent for target in TARGETS}

    assert sent["ccustomer"] == barry
    assert sent["ucustomer"] == barry | larry
    assert sent["dcustomer"] == {"customer_id": UPDATED}
    assert sent["apilogin"] == {"customer_id": SHOPPER, "password": SHOPPERS_PASSWORD}
    assert sent["apilogoff"].keys() == {"customer_id", "context_id"}


def test_every_target_fails_when_the_service_refuses(make: Make) -> None:
    assert make("ccustomer").exit_status == 0

    assert refused(make("ccustomer"), 409)
    assert refused(make("ccustomer", CUSTOMER_ID="a b"), 400)
    assert refused(make("ucustomer", CUSTOMER_ID="nobody"), 404)
    assert refused(make("ucustomer", PASSWORD="1234"), 400)
    assert refused(make("dcustomer", CUSTOMER_ID="nobody"), 404)
    assert refused(make("apilogin", PASSWORD="wrong"), 401)
    assert refused(make("apilogin", CUSTOMER_ID="nobody"), 401)
    assert refused(make("apilogoff", CONTEXT_ID="x"), 401)


@pytest.mark.parametrize("target", ["ucustomer", "dcustomer"])
@pytest.mark.parametrize("wrong", ["ADMIN_ID", "ADMIN_PASSWORD"])
def test_without_the_admins_credentials_nothing_is_tried(
    make: Make, target: str, wrong: str
) -> None:
    result = make(target, **{wrong: "wrong"})

    assert result.exit_status != 0
    assert "ADMIN_ID and ADMIN_PASSWORD must be right" in result.stderr
    assert '"status": 401' in result.stderr
    assert make(target).exit_status == 0


def test_a_logoff_needs_a_login(make: Make) -> None:
    before = make("apilogoff")
    make("apilogin")
    first, second = make("apilogoff"), make("apilogoff")

    assert first.exit_status == 0
    for result in (before, second):
        assert result.exit_status != 0
        assert "Run apilogin first" in result.stderr


def test_a_session_that_was_kept_is_for_its_owner_alone(make: Make) -> None:
    make("apilogin")

    kept = make.cwd / ".api-context"
    assert kept.stat().st_mode & 0o077 == 0


def test_a_login_that_fails_keeps_the_session_before(make: Make) -> None:
    make("apilogin")
    make("apilogin", PASSWORD="wrong")

    assert make("apilogoff").exit_status == 0


def test_a_session_can_be_named(make: Make, service: Service) -> None:
    with service.api() as api:
        context_id = log_in(api, SHOPPER, SHOPPERS_PASSWORD)
        admins = log_in(api, "admin", "demo-admin")

        assert make("apilogoff", CONTEXT_ID=context_id).exit_status == 0
        assert make("apilogoff", CUSTOMER_ID="admin", CONTEXT_ID=admins).exit_status == 0

        assert not is_live(api, context_id)
        assert not is_live(api, admins)


@pytest.mark.parametrize("shell", ["sh", "dash", "bash", "busybox"])
def test_passwords_arrive_as_they_are_whatever_the_shell(
    make: Make, service: Service, shell: str
) -> None:
    found = shutil.which(shell)
    if found is None:
        pytest.skip(f"there is no {shell} here")
    if shell != "busybox":
        make.variables["SHELL"] = found
    else:
        make.variables |= {"SHELL": found, ".SHELLFLAGS": "sh -c"}
    with service.api() as api:
        for locale in ({}, {"LC_ALL": "C.UTF-8"}):
            for password in PASSWORDS:
                doubled = password.replace("$", "$$")
                assert make("ucustomer", environ=locale, PASSWORD=doubled).exit_status == 0
                assert log_in(api, UPDATED, password)
                given = {**locale, "PASSWORD": password}
                login = make("apilogin", environ=given, CUSTOMER_ID=UPDATED)
                assert login.exchange.sent["password"] == password


def test_a_password_of_several_lines_arrives_too(make: Make, service: Service) -> None:
    password = "\nfirst\n\nlast\n"

    assert make("ucustomer", environ={"PASSWORD": password}).exit_status == 0
    with service.api() as api:
        assert log_in(api, UPDATED, password)


def test_the_admins_credentials_may_be_anything(demo: Callable[..., Service], make: Make) -> None:
    password = "".join(PASSWORDS)
    service = demo(CUSTOMER_ADMIN_ID="the.boss", CUSTOMER_ADMIN_PASSWORD=password)
    make.port = service.port

    by_environment = {"ADMIN_ID": "the.boss", "ADMIN_PASSWORD": password}
    assert make("ucustomer", environ=by_environment).exit_status == 0
    by_command_line = {"ADMIN_ID": "the.boss", "ADMIN_PASSWORD": password.replace("$", "$$")}
    assert make("dcustomer", **by_command_line).exit_status == 0


def test_without_a_service_it_says_so(make: Make) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        make.port = str(closed.getsockname()[1])

    for target in ["ccustomer", "ucustomer", "dcustomer", "apilogin"]:
        result = make(target)
        assert result.exit_status != 0
        assert f"No answer from http://127.0.0.1:{make.port}" in result.stderr
        assert "is the service running?" in result.stderr


def test_no_secret_is_ever_the_argument_of_a_process(
    make: Make, tools: Path, tmp_path: Path, service: Service
) -> None:
    """A curl that writes down its own command line and those of the shells above it."""
    curl = shutil.which("curl")
    seen = tmp_path / "seen"
    make.tools = folder_of_tools(tmp_path / "bin", ["make", "sh", "cat"])
    spy = make.tools / "curl"
    spy.write_text(
        f'#!/bin/sh\ncat /proc/$$/cmdline /proc/$PPID/cmdline >> {seen}\nexec {curl} "$@"\n'
    )
    spy.chmod(0o755)
    with service.api() as api:
        context_id = log_in(api, SHOPPER, SHOPPERS_PASSWORD)
    secrets = {"PASSWORD": "planted password", "CONTEXT_ID": context_id}

    make("ccustomer", environ=secrets)
    make("ucustomer", environ=secrets)
    make("apilogin", environ={})
    assert make("apilogoff", environ=secrets).exit_status == 0

    commands = seen.read_text()
    assert commands.count("--config") >= 5
    # Each context_id ends with a dot and its customer's id.
    for secret in ("planted", context_id, ".admin", "demo-admin", SHOPPERS_PASSWORD):
        assert secret not in commands


def test_without_a_target_the_targets_are_named(make: Make) -> None:
    result = make("help")

    assert result.exit_status == 0
    assert all(target in result.stdout for target in TARGETS)
