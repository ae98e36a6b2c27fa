"""A harness for the service on one store with several users that act at the same moment."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from support.races.processes import Task, outcome
from support.races.threads import THREADS, race

from cybershop_customer import Storage
from cybershop_customer.adapters.memory.notifier import MemoryNotifier
from cybershop_customer.domain.email_address import EmailAddress
from cybershop_customer.domain.notification import NotificationKind
from cybershop_customer.entrypoints.container import Container, memory_container
from cybershop_customer.entrypoints.services import Services
from cybershop_customer.entrypoints.testkit.clock import ManualClock


class RaceHarness:
    """The service on one store. ``run`` starts a task in every racer at once."""

    def __init__(self, storage: Storage, racers: int, run: Callable[..., list[object]]) -> None:
        self.storage = storage
        self.racers = racers
        self._run = run
        self.clock = ManualClock()
        self.mail = MemoryNotifier()
        self.services = self.services_with()

    def services_with(self, hasher: object = None, **parts: Any) -> Services:
        """The services; these storage ports, or this hasher, replace the default ones."""
        container = self._container(replace(self.storage, **parts))
        if hasher is not None:
            container.password_hasher.override(hasher)
        return container.services()

    def _container(self, storage: Storage) -> Container:
        container = memory_container()
        container.storage.override(storage)
        container.clock.override(self.clock)
        container.notifier.override(self.mail)
        return container

    def ask_for_reset(self, customer_id: str) -> str:
        """Ask for a new password; return the token that was mailed."""
        self.mail.clear()
        self.services.password_reset.request_reset(customer_id=customer_id)
        return self._mailed(NotificationKind.RESET_PASSWORD)

    def ask_for_proof(self, customer_id: str, email: str) -> str:
        """Ask to prove an address; return the token that was mailed."""
        # A few links an hour are mailed to one address.
        self.clock.advance(seconds=30 * 60)
        self.mail.clear()
        customer = self.storage.customers.get(customer_id, now=self.clock.now())
        assert customer is not None
        address = EmailAddress(email, email)
        # The budget of links to one address admits the next one after this time.
        self.clock.advance(minutes=20)
        self.services.email_verification.request_change(customer, address)
        return self._mailed(NotificationKind.VERIFY_EMAIL)

    def _mailed(self, kind: NotificationKind) -> str:
        mailed = self.mail.last(kind=kind)
        assert mailed is not None
        assert mailed.token is not None
        return mailed.token.secret

    def race(self, task: Task, *arguments: object) -> list[object]:
        """The result of each racer, or the class of its error."""
        return self._run(task, self.services, *arguments)


def in_threads(task: Task, services: Services, *arguments: object) -> list[object]:
    """Run ``task`` in threads that share ``services``."""
    runs = [partial(task, services, number, *arguments) for number in range(THREADS)]
    return race([partial(outcome, run) for run in runs])
