"""``cybershop-customer import``: from the items of the shop's first table to customers."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.dynamodb.databases import new_database
from support.dynamodb.simulated_aws import simulated_aws
from support.services.operator import Operator

from cybershop_customer import OPERATOR, StoreUnavailableError
from cybershop_customer.adapters.dynamodb.call_limits import CallLimits
from cybershop_customer.adapters.dynamodb.client import make_client
from cybershop_customer.domain.services.customer_import_service import CustomerImportService
from cybershop_customer.entrypoints.container import Container, make_container
from cybershop_customer.entrypoints.settings import Settings

SECRET = "planted horse"


def an_item(customer_id: str, **fields: str) -> dict[str, dict[str, str]]:
    """An item as DynamoDB's JSON has it, with a session of the first service."""
    given = {
        "customer_id": customer_id,
        "email": f"{customer_id}@shop.example",
        "password": SECRET,
        "context_id": "planted session",
        **fields,
    }
    return {name: {"S": value} for name, value in given.items()}


@pytest.fixture
def operator(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Operator:
    return Operator(monkeypatch, capsys)


@pytest.fixture(autouse=True)
def prefix(operator: Operator) -> Iterator[str]:
    """The prefix of the operator's empty tables."""
    with simulated_aws():
        operator.sets(AWS_DEFAULT_REGION="us-east-1", CUSTOMER_BCRYPT_ROUNDS="4")
        # moto replaces parts of botocore.
        operator.sets(CUSTOMER_DYNAMODB_CLIENT="botocore")
        database = new_database(make_client(None, limits=CallLimits(), connections=1))
        prefix = database.customer_table.removesuffix("customer")
        operator.sets(CUSTOMER_TABLE_PREFIX=prefix)
        yield prefix


@pytest.fixture
def service(prefix: str) -> Container:
    """The service on the same tables."""
    return make_container(
        Settings(table_prefix=prefix, bcrypt_rounds=4, dynamodb_client="botocore")
    )


def test_a_scan_becomes_customers(operator: Operator, service: Container, tmp_path: Path) -> None:
    path = tmp_path / "scan.json"
    items = [
        an_item("zoe", fname="Zoë"),
        an_item("yan", loyalty="7"),
        an_item("weak", password="flash"),
    ]
    path.write_text(json.dumps({"Items": items, "Count": 3}, indent=4), encoding="utf-8")

    ran = operator.runs("customers", "import", str(path))

    assert ran.status == 1
    assert ran.err == "item 3: password must have at least 8 characters\n"
    assert ran.out == (
        "Customers added: 2.\n"
        "Existed, and were left alone: 0.\n"
        "Refused: 1.\n"
        "These attributes were not imported: 'loyalty' (1).\n"
    )
    assert service.customers().get_customer("zoe", actor=OPERATOR).fname == "Zoë"
    assert service.sessions().login(customer_id="yan", password=SECRET)

    again = operator.runs("customers", "import", str(path), "--replace-passwords")

    assert (again.status, again.err) == (0, "")
    assert again.out.startswith(
        "Customers added: 1.\nOf these need a new password: 1.\nExisted, and were left alone: 2"
    )
    assert "planted" not in ran.out + ran.err + again.out + again.err


def test_addresses_may_be_shared_where_the_shop_allows_it(
    operator: Operator, tmp_path: Path
) -> None:
    path = tmp_path / "items.jsonl"
    lines = [json.dumps(an_item(name, email="all@shop.example")) for name in ("a", "b")]
    path.write_text("\n".join(lines), encoding="utf-8")
    operator.sets(CUSTOMER_UNIQUE_EMAIL="false")

    ran = operator.runs("customers", "import", str(path))

    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith("Customers added: 2.\n")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"[1", "it is neither a JSON document"),
        (b"customer_id,email", "its first line is no JSON. If the file is CSV, add --format csv"),
    ],
)
def test_a_file_of_another_form_is_refused_and_leaves_nothing(
    operator: Operator, tmp_path: Path, content: bytes, reason: str
) -> None:
    path = tmp_path / "items.json"
    path.write_bytes(content)

    ran = operator.runs("customers", "import", str(path))

    assert ran.status == 1
    assert f"cannot read {path}: {reason}" in ran.err
    assert [*tmp_path.iterdir()] == [path]


def test_a_missing_file_is_a_wrong_argument(operator: Operator, tmp_path: Path) -> None:
    ran = operator.runs("customers", "import", str(tmp_path / "none.csv"))

    assert ran.status == 2
    assert "does not exist" in ran.err


def test_a_file_that_is_not_utf_8_is_refused_item_by_item(
    operator: Operator, tmp_path: Path
) -> None:
    path = tmp_path / "items.json"
    line = json.dumps(an_item("zoe", fname="Zo\u00eb"), ensure_ascii=False)
    path.write_bytes(line.encode("latin-1") + b"\n" + json.dumps(an_item("yan")).encode())

    ran = operator.runs("customers", "import", str(path))

    assert ran.err == "line 1: the line is not UTF-8: save the file in that encoding\n"
    assert ran.out.startswith("Customers added: 1.\n")


def test_a_store_that_fails_stops_the_import_which_can_be_run_again(
    operator: Operator,
    service: Container,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "items.json"
    path.write_text("\n".join(json.dumps(an_item(name)) for name in "abc"), encoding="utf-8")
    add = CustomerImportService.add

    def failing(self: CustomerImportService, additions: Any, **options: Any) -> Any:
        add(self, additions[:1], **options)
        raise StoreUnavailableError

    with monkeypatch.context() as outage:
        outage.setattr(CustomerImportService, "add", failing)
        ran = operator.runs("customers", "import", str(path))

    assert ran.status == 1
    assert "The import stopped after 0 customers. Run it again" in ran.err
    assert operator.runs("customers", "import", str(path)).status == 0
    for name in "abc":
        assert service.customers().get_customer(name, actor=OPERATOR)


def test_no_mail_goes_to_the_customers(
    operator: Operator, service: Container, tmp_path: Path
) -> None:
    """Not even where addresses have to be proven: the mail server here does not exist."""
    path = tmp_path / "items.json"
    path.write_text(json.dumps(an_item("zoe")), encoding="utf-8")
    operator.sets(
        CUSTOMER_EMAIL_VERIFICATION="required",
        CUSTOMER_SMTP_URL="smtp://mail.shop.invalid",
        CUSTOMER_MAIL_FROM="no-reply@shop.example",
        CUSTOMER_LINK_URL="https://shop.example",
    )

    assert operator.runs("customers", "import", str(path)).status == 0

    zoe = service.customers().get_customer("zoe", actor=OPERATOR)
    assert (zoe.email_key, zoe.email_verified, zoe.email_verification) == (
        "zoe@shop.example",
        False,
        None,
    )
