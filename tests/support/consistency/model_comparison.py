"""Compares the service with its reference model after each step; a test adds the rules."""

from contextlib import ExitStack
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from hypothesis.stateful import RuleBasedStateMachine, invariant
from support.consistency.reference_model import POLICY, ReferenceModel
from support.stores.registry import open_store
from support.stores.stored_state import log_of, sessions_of

from cybershop_customer import ContextId, CustomerServiceError
from cybershop_customer.entrypoints.container import make_container
from cybershop_customer.entrypoints.settings import Settings
from cybershop_customer.entrypoints.testkit.clock import START, ManualClock


class ModelComparison(RuleBasedStateMachine):
    """A service on ``store`` and its model, which must be equal after each step."""

    store: ClassVar = "memory"

    def __init__(self) -> None:
        super().__init__()
        self._opened = ExitStack()
        settings = replace(
            Settings.demo_from_environ({}),
            session_idle_seconds=int(POLICY.idle.total_seconds()),
            session_max_seconds=int(POLICY.max_lifetime.total_seconds()),
            max_sessions=POLICY.max_sessions,
            login_attempts=POLICY.login_attempts,
            login_window_seconds=POLICY.login_window_seconds,
        )
        container = make_container(settings)
        self.clock = ManualClock()
        container.clock.override(self.clock)
        self.storage = self._opened.enter_context(open_store(self.store))
        container.storage.override(self.storage)
        self.service = container.services()
        self.model = ReferenceModel()

    def teardown(self) -> None:
        self._opened.close()

    def expect(self, refusals: dict[type[CustomerServiceError], bool], action: Any) -> Any:
        """Call ``action``. It must raise an error whose condition holds, or else succeed."""
        due = tuple(error for error, holds in refusals.items() if holds)
        if not due:
            return action()
        with pytest.raises(due):
            action()
        return None

    @invariant()
    def customers_are_as_modelled(self) -> None:
        for customer_id in ("ann", "bob"):
            stored = self.storage.customers.get(customer_id, now=START)
            known = self.model.customers.get(customer_id)
            if stored is None or known is None:
                assert stored is known is None
                continue
            assert (stored.email, stored.fname, stored.roles) == (
                known.email,
                known.fname,
                known.roles,
            )
            assert (stored.version, stored.password_version) == (
                known.version,
                known.password_version,
            )

    @invariant()
    def every_address_has_its_one_owner(self) -> None:
        for email in ("a@shop.example", "b@shop.example", "c@shop.example"):
            assert self.storage.customers.find_id_by_email(email) == self.model.owner(email)

    @invariant()
    def exactly_the_live_sessions_live(self) -> None:
        now = self.clock.now()
        stored = {
            session.session_id: session.expires_at
            for customer_id in ("ann", "bob")
            for session in sessions_of(self.storage, customer_id)
            if session.expires_at > now
        }
        live = {
            ContextId.parse(context_id).session_id: session.expires_at
            for context_id in self.model.issued
            if (session := self.model.session(context_id, now))
        }
        assert stored == live

    @invariant()
    def every_change_has_exactly_one_record(self) -> None:
        for customer_id in ("ann", "bob", "-"):
            log = log_of(self.storage, customer_id)
            # Throttled logins have a record a window: tests/unit/test_throttle_records.py.
            logged = sorted(
                (record.operation_name, record.status_code)
                for record in log
                if record.status_code != 429
            )
            assert logged == sorted(self.model.logs.get(customer_id, []))
