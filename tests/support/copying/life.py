"""Lets a store live through all kinds of operations, so that it has entries of every kind."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from support.builders.values import NAMES, a_customer, a_record, a_token
from support.consistency.call_history import CallHistory
from support.consistency.load import Population, Worker

from cybershop_customer import OPERATOR, CustomerServiceError, Storage
from cybershop_customer.adapters.memory.notifier import MemoryNotifier
from cybershop_customer.domain.email_address import EmailAddress
from cybershop_customer.entrypoints.container import memory_container
from cybershop_customer.entrypoints.services import Services
from cybershop_customer.entrypoints.testkit.clock import ManualClock

PASSWORD: Final = "correct horse"


@dataclass(frozen=True)
class Life:
    """What the customer zoe knows afterwards."""

    context_id: str
    """Of a live session."""
    ended: tuple[str, ...]
    """Of sessions that a logout, or the end of all others, has ended."""
    device_token: str
    reset_token: str


def services_on(
    storage: Storage, clock: ManualClock, mail: MemoryNotifier | None = None
) -> Services:
    """The service on ``storage``. It gives no id of a deleted customer again."""
    container = memory_container()
    container.settings.override(replace(container.settings(), id_reuse=False))
    container.storage.override(storage)
    container.clock.override(clock)
    container.notifier.override(mail or MemoryNotifier())
    return container.services()


def live_through(storage: Storage, clock: ManualClock, *, operations: int = 60) -> Life:
    """Change the store by ``operations`` of a random load, and by each rare kind of change."""
    mail = MemoryNotifier()
    services = services_on(storage, clock, mail)
    Worker(services, CallHistory(), Population(), seed=12).work(operations)
    _add_rare_customers(storage)
    _attempt_without_customer(services, clock)

    customers, sessions = services.customers, services.sessions
    customers.add_customer(customer_id="gone", email="gone@shop.example", password=PASSWORD)
    sessions.login(customer_id="gone", password=PASSWORD)
    customers.delete_customer("gone", actor=OPERATOR)

    customers.add_customer(
        customer_id="zoe", email="Zoe@Shop.example", password=PASSWORD, fname="Zoë"
    )
    services.roles.grant_role("zoe", "admin", actor=OPERATOR)
    first = sessions.login(customer_id="zoe", password=PASSWORD)
    sessions.logout(first.context_id)
    others = [sessions.login(customer_id="zoe", password=PASSWORD) for _ in range(2)]
    clock.advance(minutes=1)
    last = sessions.login(email="zoe@shop.example", password=PASSWORD)
    sessions.end_other_sessions(last.session)
    services.password_reset.request_reset(customer_id="zoe")
    mailed = mail.last()
    assert mailed is not None
    assert mailed.token is not None
    zoe = customers.get_customer("zoe", actor=OPERATOR)
    services.email_verification.request_change(zoe, EmailAddress("Z@x.example", "z@x.example"))
    return Life(
        last.context_id,
        tuple(login.context_id for login in (first, *others)),
        last.device_token,
        mailed.token.secret,
    )


def _add_rare_customers(storage: Storage) -> None:
    for number, name in enumerate(NAMES):
        customer = a_customer(customer_id=f"named-{number}", fname=name, email_verified=True)
        storage.customers.add(customer, a_record(customer.customer_id))
    waiting = a_customer(customer_id="waiting", email_key=None, email="New@shop.example")
    waiting = replace(
        waiting,
        expires_at=waiting.created_at + timedelta(days=7),
        email_verification=a_token(address="new@shop.example"),
    )
    storage.customers.add(waiting, a_record("waiting"))
    ended = replace(waiting, customer_id="ended", expires_at=waiting.created_at)
    storage.customers.add(ended, a_record("ended"))


def _attempt_without_customer(services: Services, clock: ManualClock) -> None:
    """Failed logins under unknown names, on three days."""
    for day in range(3):
        clock.advance(minutes=24 * 60)
        for attempt in range(2):
            with suppress(CustomerServiceError):
                services.sessions.login(customer_id=f"nobody-{day}-{attempt}", password="wrong one")
