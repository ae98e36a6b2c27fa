"""``serve`` with the data in DynamoDB."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from support.dynamodb.databases import local_client, local_database
from support.dynamodb.local_server import dynamodb_local
from support.http.customer_api import BASE, log_in
from support.http.transports import TIMEOUT
from support.processes.command import Service, run
from support.processes.make import Make, folder_of_tools

from cybershop_customer.adapters.dynamodb.provisioning.provisioner import create_tables

pytestmark = pytest.mark.dynamodb_local

TARGETS = ["ccustomer", "ucustomer", "dcustomer", "apilogin", "apilogoff"]


def on_dynamodb(prefix: str, **variables: str) -> dict[str, str]:
    """The settings of a service whose tables have this prefix."""
    return {
        "CUSTOMER_STORAGE": "dynamodb",
        "CUSTOMER_DYNAMODB_ENDPOINT": dynamodb_local(),
        "CUSTOMER_TABLE_PREFIX": prefix,
        **variables,
    }


def test_the_five_targets_succeed_in_sequence_against_the_demo(
    demo: Callable[..., Service], tmp_path: Path
) -> None:
    prefix = local_database().customer_table.removesuffix("customer")
    service = demo(**on_dynamodb(prefix))
    tools = folder_of_tools(tmp_path / "bin", ["make", "curl", "sh"])
    make = Make(tmp_path, service.port, tools)

    assert [make(target).exit_status for target in TARGETS] == [0] * len(TARGETS)


def test_the_demo_keeps_its_customers_over_a_restart(demo: Callable[..., Service]) -> None:
    prefix = local_database().customer_table.removesuffix("customer")
    first = demo(**on_dynamodb(prefix))
    with first.api() as api:
        context_id = log_in(api, "admin", "demo-admin")
    first.signal()
    assert first.wait() == 0

    with demo(**on_dynamodb(prefix)).api() as api:
        assert api.get(f"{BASE}/session", bearer=context_id).status == 200


def test_it_starts_unready_without_its_tables_and_gets_ready_when_they_come(
    serve: Callable[..., Service],
) -> None:
    prefix = "late-"
    admin = {"CUSTOMER_ADMIN_ID": "root", "CUSTOMER_ADMIN_PASSWORD": "a long one of its own"}
    service = serve(**on_dynamodb(prefix, CUSTOMER_BCRYPT_ROUNDS="4", **admin))
    with service.api() as api:
        assert api.get("/livez").status == 200
        assert api.get("/readyz").status == 503
        login = {"customer_id": "root", "password": "a long one of its own"}
        for _ in range(5):
            refused = api.put(f"{BASE}/login", login)
            assert refused.status == 503
            assert "late-customer" not in str(refused.json)

        create_tables(local_client(), prefix)
        deadline = time.monotonic() + TIMEOUT
        while api.get("/readyz").status != 200:
            assert time.monotonic() < deadline, service.log
            time.sleep(0.1)
        assert api.put(f"{BASE}/login", login).status == 200
    logged = [line["message"] for line in service.log_lines if line["level"] != "INFO"]
    assert len([text for text in logged if "no table late-customer that" in text]) == 1
    assert len([text for text in logged if "every table again" in text]) == 1
    assert not any("traceback" in line for line in service.log_lines)


def test_the_operator_grants_and_revokes_a_role_which_is_effective_at_once(
    demo: Callable[..., Service],
) -> None:
    settings = on_dynamodb(local_database().customer_table.removesuffix("customer"))
    shopper = "567dce7f-b7b4-4efd-b75e-2b98592a56mdsf"
    with demo(**settings).api() as api:
        context_id = log_in(api, shopper, "abcdefghisdsa8664654646")

        def roles() -> list[str]:
            answer: list[str] = api.get(f"{BASE}/session", bearer=context_id).json["roles"]
            return answer

        for change, printed, found in (
            ("grant", f"Customer {shopper} has the role admin.", ["admin"]),
            ("grant", f"Customer {shopper} already has the role admin.", ["admin"]),
            ("revoke", f"Customer {shopper} no longer has the role admin.", []),
            ("revoke", f"Customer {shopper} already does not have the role admin.", []),
        ):
            done = run("role", change, shopper, **settings)
            assert (done.returncode, done.stdout.strip()) == (0, printed)
            assert roles() == found

    unknown = run("role", "grant", "nobody", **settings)
    assert unknown.returncode == 1
    assert "there is no customer 'nobody'" in unknown.stderr


def test_the_operator_unlocks_a_customer(demo: Callable[..., Service]) -> None:
    settings = on_dynamodb(local_database().customer_table.removesuffix("customer"))
    settings["CUSTOMER_LOGIN_ATTEMPTS"] = "1"
    shopper, password = "567dce7f-b7b4-4efd-b75e-2b98592a56mdsf", "abcdefghisdsa8664654646"
    with demo(**settings).api() as api:
        wrong = {"customer_id": shopper, "password": "wrong"}
        statuses = [api.put(f"{BASE}/login", wrong).status for _ in range(2)]
        assert statuses == [401, 429]

        done = run("customers", "unlock", shopper, **settings)

        assert done.returncode == 0
        assert f"Customer {shopper} is unlocked. Logins were refused by id until 20" in done.stdout
        assert log_in(api, shopper, password)

    nobody = run("customers", "unlock", "nobody", **settings)
    assert nobody.returncode == 1
    assert "there is no customer 'nobody'" in nobody.stderr
