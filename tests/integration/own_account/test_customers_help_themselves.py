"""The whole life of an account, over HTTP, with a real mail server, on each store."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import pytest
from support.account.person import LINK_URL, Person
from support.dynamodb.databases import local_database
from support.dynamodb.local_server import dynamodb_local
from support.http.api import Api
from support.http.transports import over_http
from support.mail.mailbox import mail_server
from support.processes.command import Service

FIRST, SECOND, THIRD = "a tin of old buttons", "two tins of old buttons", "no more buttons"


def _sqlite(folder: Path) -> dict[str, str]:
    return {"CUSTOMER_SQLITE_PATH": str(folder / "customer.db")}


def _dynamodb(_folder: Path) -> dict[str, str]:
    prefix = local_database().customer_table.removesuffix("customer")
    return {"CUSTOMER_DYNAMODB_ENDPOINT": dynamodb_local(), "CUSTOMER_TABLE_PREFIX": prefix}


STORES: Final[dict[str, Callable[[Path], dict[str, str]]]] = {
    "memory": lambda _: {},
    "sqlite": _sqlite,
    "dynamodb": _dynamodb,
}
"""The settings of each store, by CUSTOMER_STORAGE."""

EACH_STORE: Final[list[Any]] = [
    pytest.param(name, marks=[pytest.mark.dynamodb_local] if name == "dynamodb" else [])
    for name in STORES
]


@pytest.fixture(params=EACH_STORE)
def zoe(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Person]:
    """A person who knows the shop, and has no account yet."""
    with ExitStack() as stack:
        mailbox = stack.enter_context(mail_server())
        service = Service.start(
            stack,
            *("--host", "127.0.0.1", "--port", "0"),
            CUSTOMER_STORAGE=request.param,
            CUSTOMER_EMAIL_VERIFICATION="required",
            CUSTOMER_SMTP_URL=f"smtp://127.0.0.1:{mailbox.port}",
            CUSTOMER_MAIL_FROM="Shop <no-reply@shop.test>",
            CUSTOMER_LINK_URL=LINK_URL,
            CUSTOMER_BCRYPT_ROUNDS="4",
            **STORES[request.param](tmp_path),
        )
        send = stack.enter_context(over_http(service.url))
        yield Person(Api(send), mailbox, "Zoe@example.com")


def test_from_registration_to_deletion(zoe: Person) -> None:
    zoe.register(FIRST)
    assert not zoe.may_log_in(FIRST), "the address is not hers yet"

    zoe.follow(zoe.token_of_mail("verify-email"))
    at_home = zoe.log_in(FIRST)
    assert zoe.profile()["email_verified"]

    zoe.forget_password()
    zoe.recover(zoe.token_of_mail("reset-password"), SECOND)
    assert "was changed" in zoe.next_mail()
    assert not zoe.is_logged_in(at_home)
    assert not zoe.may_log_in(FIRST)

    before = zoe.log_in(SECOND)
    zoe.change_password(SECOND, THIRD)
    assert "was changed" in zoe.next_mail()
    assert zoe.is_logged_in()
    assert not zoe.is_logged_in(before)

    at_work = zoe.log_in(THIRD)
    at_home = zoe.log_in(THIRD)
    zoe.end_other_sessions()
    assert [session["current"] for session in zoe.sessions()] == [True]
    assert zoe.is_logged_in(at_home)
    assert not zoe.is_logged_in(at_work)

    export = zoe.export()
    assert export["profile"]["email"] == zoe.email
    done = [record["operation_name"] for record in export["records"]]
    assert done[0] == "add_customer"
    assert {"complete_email_verification", "complete_password_reset", "login"} <= {*done}

    zoe.leave()
    assert not zoe.is_logged_in()
    assert not zoe.may_log_in(THIRD)
