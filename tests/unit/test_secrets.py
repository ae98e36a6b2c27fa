"""No password, hash or context_id appears in a log line, an error or a ``repr``."""

import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from support.doubles.port_recorder import CallLog, PortRecorder
from support.stores.stored_state import log_of

from cybershop_customer import OPERATOR, NotificationKind, Storage, StoreUnavailableError
from cybershop_customer.adapters.memory.background import MemoryBackground
from cybershop_customer.adapters.memory.notifier import MemoryNotifier
from cybershop_customer.adapters.memory.storage import memory_storage
from cybershop_customer.entrypoints.container import make_container
from cybershop_customer.entrypoints.services import Services
from cybershop_customer.entrypoints.settings import Settings
from cybershop_customer.entrypoints.testkit.clock import START, ManualClock

OLD, NEW, WRONG = "planted-old-password", "planted-new-password", "planted-wrong-password"
ADMINS = "planted-admin-password"
NEVER_ISSUED = "planted" + "x" * 36 + ".ann"


@dataclass
class Leaks:
    """Collects every text that others may see, and the secrets that must not be in it."""

    seen: list[str] = field(default_factory=list)
    secrets: set[str] = field(default_factory=lambda: {"planted", OLD, NEW, WRONG, ADMINS})

    def look_at(self, value: object) -> Any:
        self.seen += [repr(value), str(value)]
        return value

    def refused(self, action: Callable[..., object], *args: Any, **kwargs: Any) -> None:
        """Require ``action`` to fail; look at the error, its causes and its data."""
        try:
            action(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 (whatever it is)
            self.look_at(error)
            self.look_at(vars(error))
            self.seen += traceback.format_exception_only(error)
            for chained in (error.__cause__, error.__context__):
                self.look_at(chained)
        else:
            pytest.fail("this was to be refused")

    def found(self) -> list[str]:
        return [text for text in self.seen if any(secret in text for secret in self.secrets)]


@contextmanager
def everything_logged(leaks: Leaks) -> Iterator[None]:
    """Log every logger's messages, debug ones included."""
    handler = logging.Handler(level=0)
    handler.emit = lambda record: leaks.seen.append(  # type: ignore[method-assign]
        logging.Formatter().format(record)
    )
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(1)
    try:
        yield
    finally:
        root.setLevel(level)
        root.removeHandler(handler)


def use_everything(
    services: Services, storage: Storage, mail: MemoryNotifier, calls: CallLog, leaks: Leaks
) -> None:
    customers, sessions, roles = services.customers, services.sessions, services.roles
    add = customers.add_customer
    look, refused = leaks.look_at, leaks.refused

    look(add(customer_id="ann", email="ann@shop.example", password=OLD))
    leaks.secrets.add(storage.customers.get("ann", now=START).password_hash)
    refused(add, customer_id="ann", email="b@shop.example", password=OLD)
    refused(add, customer_id="bob", email="ann@shop.example", password=OLD)
    refused(add, customer_id="a b", email="nobody", password=OLD, fname="\n")
    refused(add, email=OLD, password=OLD)
    refused(add, email="c@shop.example", password=OLD * 100)
    refused(add, email="c@shop.example", password=OLD + "\ud800")
    refused(add, customer_id=OLD, email="c@shop.example", password=OLD)

    login = look(sessions.login(customer_id="ann", password=OLD))
    leaks.secrets |= {login.context_id, login.context_id.partition(".")[0], login.device_token}
    look(sessions.check_session(login.context_id))
    look(sessions.list_sessions("ann", actor=OPERATOR))
    look(storage.sessions.get_with_sessions("ann", now=START))
    refused(sessions.login, customer_id="ann", password=WRONG)
    refused(sessions.login, email="ann@shop.example", password=WRONG)
    refused(sessions.login, customer_id="nobody", password=WRONG)
    for token in (login.device_token, "planted", "planted token"):
        refused(sessions.login, customer_id="ann", password=WRONG, device_token=token)
    look(sessions.login(customer_id="ann", password=OLD, device_token=login.device_token))
    refused(sessions.login, password=WRONG)
    refused(sessions.login, customer_id="a b", password=WRONG + "\ud800")
    for context_id in (NEVER_ISSUED, NEVER_ISSUED + "/", login.context_id + "x"):
        refused(sessions.check_session, context_id)
        refused(sessions.logout, context_id)
    refused(sessions.check_session, login.context_id, customer_id="bob")
    refused(customers.delete_customer, "ann", actor=login.session)

    look(customers.update_customer("ann", actor=OPERATOR, password=NEW, fname="Zoë"))
    leaks.secrets.add(storage.customers.get("ann", now=START).password_hash)
    refused(customers.update_customer, "ann", actor=OPERATOR, password=NEW, if_version=1)
    refused(customers.update_customer, "nobody", actor=OPERATOR, password=NEW)
    refused(customers.update_customer, "ann", actor=login.session, password=WRONG)
    refused(sessions.check_session, login.context_id)

    use_own_account(services, storage, mail, leaks)
    roles.ensure_admin("ann", ADMINS)
    # The admin takes the place of a stranger, whose address went with the password.
    look(customers.update_customer("ann", actor=OPERATOR, email="ann@shop.example"))
    leaks.secrets.add(storage.customers.get("ann", now=START).password_hash)
    refused(roles.ensure_admin, "a b", ADMINS)
    again = look(sessions.login(email="ann@shop.example", password=ADMINS))
    leaks.secrets |= {again.context_id, again.device_token}
    calls.fail("sessions.close", StoreUnavailableError(outcome_known=False))
    refused(sessions.logout, again.context_id)
    calls.fail("customers.update", StoreUnavailableError())
    refused(customers.update_customer, "ann", actor=OPERATOR, password=NEW)
    sessions.logout(again.context_id)
    for _ in range(20):
        refused(sessions.login, customer_id="ann", password=WRONG)
        refused(sessions.login, customer_id="ann", password=WRONG, device_token=again.device_token)
    customers.delete_customer("ann", actor=OPERATOR)
    for customer_id in ("ann", "nobody", "bob", "-"):
        for record in log_of(storage, customer_id):
            look(record)


def use_own_account(
    services: Services, storage: Storage, mail: MemoryNotifier, leaks: Leaks
) -> None:
    """Change the password from NEW to OLD and back, the second time by a link."""
    look, refused = leaks.look_at, leaks.refused
    login = services.sessions.login(customer_id="ann", password=NEW)
    change = services.password_change.change_password
    refused(change, actor=login.session, password=WRONG, new_password=OLD)
    refused(change, actor=login.session, password=NEW, new_password=OLD, device_token="planted!")
    changed = look(change(actor=login.session, password=NEW, new_password=OLD))
    refused(change, actor=login.session, password=OLD, new_password=NEW)
    look(services.sessions.describe_sessions("ann", actor=changed.session))
    refused(services.sessions.end_session, "ann", "planted", actor=changed.session)
    services.sessions.end_other_sessions(changed.session)
    look(services.accounts.get_account(actor=changed.session))
    refused(services.accounts.change_email, actor=changed.session, email="planted")

    reset = services.password_reset
    reset.request_reset(email="ann@shop.example")
    notification = look(look(mail).last(kind=NotificationKind.RESET_PASSWORD))
    token = notification.token
    assert token is not None
    leaks.secrets |= {token.secret, token.secret.partition(".")[0], token.token_hash}
    look(storage.customers.get("ann", now=START))
    refused(reset.complete_reset, token=NEVER_ISSUED, password=NEW)
    refused(services.email_verification.complete_verification, token=token.secret)
    look(reset.complete_reset(token=token.secret, password=NEW))
    refused(reset.complete_reset, token=token.secret, password=NEW)
    leaks.secrets |= {login.context_id, changed.context_id, changed.device_token}
    leaks.secrets.add(storage.customers.get("ann", now=START).password_hash)


def test_no_secret_is_seen_by_anybody() -> None:
    calls, stored = CallLog(), memory_storage()
    recorded = Storage(
        customers=PortRecorder(stored.customers, "customers", calls),  # type: ignore[arg-type]
        sessions=PortRecorder(stored.sessions, "sessions", calls),  # type: ignore[arg-type]
        audit_log=stored.audit_log,
        session_changes=stored.session_changes,
        login_throttle=stored.login_throttle,
        probe=stored.probe,
    )
    leaks = Leaks()
    environ = {
        "CUSTOMER_ADMIN_ID": "root",
        "CUSTOMER_ADMIN_PASSWORD": ADMINS,
        "CUSTOMER_PASSWORD_BLOCKLIST": "true",
    }
    with everything_logged(leaks):
        settings = leaks.look_at(Settings.demo_from_environ(environ))
        container = make_container(settings)
        container.storage.override(recorded)
        container.clock.override(ManualClock())
        mail = MemoryNotifier()
        container.notifier.override(mail)
        container.background.override(MemoryBackground())
        use_everything(leaks.look_at(container.services()), stored, mail, calls, leaks)

    assert leaks.found() == []
    assert len(leaks.seen) > 150


def test_wrong_settings_do_not_repeat_what_was_set() -> None:
    leaks = Leaks()
    for name in ("ADMIN_ID", "HOST", "PORT", "DYNAMODB_ENDPOINT", "TABLE_PREFIX", "STORAGE"):
        environ = {"CUSTOMER_ADMIN_PASSWORD": ADMINS, f"CUSTOMER_{name}": f"planted {name}"}
        leaks.refused(Settings.from_environ, environ)

    assert leaks.found() == []


def test_a_leak_would_be_found() -> None:
    leaks = Leaks()
    with everything_logged(leaks):
        logging.getLogger("some.library").debug("here is the %s", OLD)
        leaks.refused(int, WRONG)

    assert len(leaks.found()) >= 2
