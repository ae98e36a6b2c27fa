"""Sensitive operations need a login of the last five minutes."""

from collections.abc import Callable
from typing import Any

import pytest
from support.services.self_service import NEW_PASSWORD
from support.services.workbench import PASSWORD, Workbench

from cybershop_customer import OPERATOR, LoginRequiredError, LoginResult

SENSITIVE: dict[str, Callable[[Workbench, LoginResult], object]] = {
    "change_email": lambda bench, login: bench.accounts.change_email(
        actor=login.session, email="new@shop.example"
    ),
    "delete_account": lambda bench, login: bench.accounts.delete_account(actor=login.session),
    "export": lambda bench, login: bench.exports.export_customer("ann", actor=login.session),
    "end_session": lambda bench, login: bench.sessions.end_session(
        "ann", login.session.session_id, actor=login.session
    ),
    "end_sessions": lambda bench, login: bench.sessions.end_sessions("ann", actor=login.session),
    "end_other_sessions": lambda bench, login: bench.sessions.end_other_sessions(login.session),
}
NOT_SENSITIVE: dict[str, Callable[[Workbench, LoginResult], object]] = {
    "get_account": lambda bench, login: bench.accounts.get_account(actor=login.session),
    "update_account": lambda bench, login: bench.accounts.update_account(
        actor=login.session, fname="Ann"
    ),
    "describe_sessions": lambda bench, login: bench.sessions.describe_sessions(
        "ann", actor=login.session
    ),
    "change_password": lambda bench, login: bench.password_change.change_password(
        actor=login.session, password=PASSWORD, new_password=NEW_PASSWORD
    ),
    "logout": lambda bench, login: bench.sessions.logout(login.context_id),
}


@pytest.mark.parametrize("name", SENSITIVE)
def test_a_login_of_five_minutes_ago_is_enough(bench: Workbench, name: str) -> None:
    bench.add()
    login = bench.login()
    bench.clock.advance(minutes=5)

    SENSITIVE[name](bench, login)


@pytest.mark.parametrize("name", SENSITIVE)
def test_an_older_one_is_not_and_the_refusal_is_recorded(bench: Workbench, name: str) -> None:
    bench.add()
    login = bench.login()
    bench.clock.advance(minutes=5, seconds=0.001)
    before = bench.states()[0].customer

    with pytest.raises(LoginRequiredError) as refusal:
        SENSITIVE[name](bench, login)

    assert refusal.value.within_seconds == 300
    assert bench.states()[0].customer == before
    assert bench.is_live(login.context_id)
    record = bench.last_record()
    assert (record.operation_name, record.status_code, record.actor_id) == (name, 403, "ann")


@pytest.mark.parametrize("name", NOT_SENSITIVE)
def test_the_others_ask_for_none(bench: Workbench, name: str) -> None:
    bench.add()
    login = bench.login()
    bench.clock.advance(minutes=20)

    NOT_SENSITIVE[name](bench, login)


@pytest.mark.parametrize("change", [{"password": NEW_PASSWORD}, {"email": "new@shop.example"}])
def test_an_admin_needs_it_for_the_own_password_and_address(
    bench: Workbench, change: dict[str, Any]
) -> None:
    for name in ("ann", "bob"):
        bench.add(name)
    bench.roles.grant_role("ann", "admin", actor=OPERATOR)
    admin = bench.login().session
    bench.clock.advance(minutes=6)

    with pytest.raises(LoginRequiredError):
        bench.customers.update_customer("ann", actor=admin, **change)

    bench.customers.update_customer("ann", actor=admin, fname="Ann")
    bench.customers.update_customer("bob", actor=admin, **change)
    bench.exports.export_customer("bob", actor=admin)
    bench.sessions.end_sessions("bob", actor=admin)
