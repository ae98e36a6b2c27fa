"""The service and its reference model are equal after any order of events."""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, initialize, multiple, rule
from support.consistency.model_comparison import ModelComparison
from support.consistency.reference_model import ModelCustomer

from cybershop_customer import (
    OPERATOR,
    CustomerExistsError,
    CustomerNotFoundError,
    EmailTakenError,
    LoginRefusedError,
    SessionRefusedError,
    TooManyAttemptsError,
    VersionConflictError,
)
from cybershop_customer.ports.login_throttle import MAX_RESET

IDS = st.sampled_from(["ann", "bob"])
EMAILS = st.sampled_from(["a@shop.example", "A@shop.example", "b@shop.example", "c@shop.example"])
FIRST, SECOND = "first password", "second password"
PASSWORDS = st.sampled_from([FIRST, SECOND])
CHANGES = st.sampled_from(
    [
        {"fname": ""},
        {"fname": "李小龍"},
        {"email": "A@shop.example"},
        {"email": "B@shop.example"},
        {"email": "c@shop.example"},
        {"password": FIRST},
        {"password": SECOND},
        {"fname": "Zoë", "email": "c@shop.example", "password": SECOND},
    ]
)


class ServiceMachine(ModelComparison):
    """Does the same to the service and to the model."""

    context_ids = Bundle("context_ids")

    @initialize()
    def let_the_first_customers_in(self) -> None:
        self.add("ann", "a@shop.example", FIRST)
        self.add("bob", "b@shop.example", SECOND)

    @rule(customer_id=IDS, email=EMAILS, password=PASSWORDS)
    def add(self, customer_id: str, email: str, password: str) -> None:
        there = customer_id in self.model.customers
        added = self.expect(
            {
                CustomerExistsError: there,
                EmailTakenError: not there and self.model.owner(email) is not None,
            },
            lambda: self.service.customers.add_customer(
                customer_id=customer_id, email=email, password=password
            ),
        )
        if added:
            first = added.version
            self.model.customers[customer_id] = ModelCustomer(email, password, first, first)
            self.model.log(customer_id, "add_customer")

    @rule(customer_id=IDS, changes=CHANGES, version_ahead=st.sampled_from([None, 0, 1]))
    def update(self, customer_id: str, changes: dict[str, str], version_ahead: int | None) -> None:
        known = self.model.customers.get(customer_id)
        if_version = None
        if known and version_ahead is not None:
            if_version = known.version + version_ahead
        owner = self.model.owner(changes.get("email", ""))
        version = self.expect(
            {
                CustomerNotFoundError: known is None,
                VersionConflictError: version_ahead == 1 and known is not None,
                EmailTakenError: version_ahead != 1 and owner not in (None, customer_id),
            },
            lambda: self.service.customers.update_customer(
                customer_id, actor=OPERATOR, if_version=if_version, **changes
            ),
        )
        if known and version is not None:
            if changes.get("password", known.password) != known.password:
                email = changes.get("email", known.email)
                self.model.forgive({"customer_id": customer_id}, {"email": email})
            # With a known version, plain fields are written without a look at the present ones.
            if known.change(changes) or (if_version is not None and changes.keys() == {"fname"}):
                known.version += 1
                self.model.log(customer_id, "update_customer")
            assert version == known.version

    @rule(customer_id=IDS)
    def delete(self, customer_id: str) -> None:
        there = customer_id in self.model.customers
        self.expect(
            {CustomerNotFoundError: not there},
            lambda: self.service.customers.delete_customer(customer_id, actor=OPERATOR),
        )
        if there:
            del self.model.customers[customer_id]
            self.model.log(customer_id, "delete_customer")

    @rule(target=context_ids, customer_id=IDS, by_email=st.booleans())
    def login(self, customer_id: str, *, by_email: bool) -> Any:
        customer = self.model.customers.get(customer_id)
        named = {"customer_id": customer_id}
        if by_email and customer:
            named = {"email": customer.email}
        return self._login(customer_id, named, customer.password if customer else FIRST)

    @rule(target=context_ids, email=EMAILS, password=PASSWORDS)
    def try_to_login(self, email: str, password: str) -> Any:
        return self._login(self.model.owner(email) or "-", {"email": email}, password)

    def _login(self, customer_id: str, named: dict[str, str], password: str) -> Any:
        # Of sessions that were opened at the same moment, any may count as the oldest.
        self.clock.advance(seconds=1e-6)
        exhausted = self.model.exhausted(named, self.clock.now())
        customer = self.model.customers.get(customer_id)
        right = customer is not None and customer.password == password
        result = self.expect(
            {TooManyAttemptsError: exhausted, LoginRefusedError: not exhausted and not right},
            lambda: self.service.sessions.login(password=password, **named),
        )
        if result is None:
            if not exhausted:
                self.model.fail(named, self.clock.now())
                self.model.log(customer_id if customer else "-", "login", 401)
            return multiple()
        self.model.open(customer_id, result.context_id, self.clock.now())
        self.model.log(customer_id, "login")
        return result.context_id

    @rule(context_id=context_ids, seconds=st.sampled_from([0, 9, 10, 60, 90]))
    def come_back_after(self, seconds: int, context_id: str) -> None:
        self.clock.advance(seconds=seconds)
        live = self.model.session(context_id, self.clock.now())
        session = self.expect(
            {SessionRefusedError: live is None},
            lambda: self.service.sessions.check_session(context_id),
        )
        if live:
            self.model.use(context_id, self.clock.now())
            assert session.customer_id == self.model.issued[context_id]
            assert session.expires_at == live.expires_at
            assert session.roles == self.model.customers[session.customer_id].roles

    @rule(context_id=context_ids)
    def logout(self, context_id: str) -> None:
        live = self.model.session(context_id, self.clock.now())
        self.expect(
            {SessionRefusedError: live is None},
            lambda: self.service.sessions.logout(context_id),
        )
        if live:
            customer_id = self.model.issued[context_id]
            del self.model.customers[customer_id].sessions[context_id]
            self.model.log(customer_id, "logout")

    @rule(customer_id=IDS)
    def unlock(self, customer_id: str) -> None:
        customer = self.model.customers.get(customer_id)
        self.expect(
            {CustomerNotFoundError: customer is None},
            lambda: self.service.throttle.unlock(customer_id, actor=OPERATOR),
        )
        if customer:
            self.model.forgive({"customer_id": customer_id}, {"email": customer.email})
            stored = self.storage.sessions.get_with_sessions(customer_id, now=self.clock.now())
            budgets = 2 + len(stored.devices if stored else ())
            for _ in range(0, budgets, MAX_RESET):
                self.model.log(customer_id, "unlock")

    @rule(customer_id=IDS)
    def end_sessions(self, customer_id: str) -> None:
        customer = self.model.customers.get(customer_id)
        self.expect(
            {CustomerNotFoundError: customer is None},
            lambda: self.service.sessions.end_sessions(customer_id, actor=OPERATOR),
        )
        if customer:
            customer.sessions = {}
            self.model.log(customer_id, "end_sessions")

    @rule(customer_id=IDS, role=st.sampled_from(["admin", "clerk"]), grant=st.booleans())
    def set_role(self, customer_id: str, role: str, *, grant: bool) -> None:
        customer = self.model.customers.get(customer_id)
        roles = self.service.roles
        changed = self.expect(
            {CustomerNotFoundError: customer is None},
            lambda: (roles.grant_role if grant else roles.revoke_role)(
                customer_id, role, actor=OPERATOR
            ),
        )
        if customer:
            assert changed is ((role in customer.roles) is not grant)
        if customer and changed:
            customer.roles = customer.roles | {role} if grant else customer.roles - {role}
            customer.version += 1
            self.model.log(customer_id, "grant_role" if grant else "revoke_role")

    @rule(seconds=st.sampled_from([1, 50, 100]))
    def advance(self, seconds: int) -> None:
        self.clock.advance(seconds=seconds)


class ServiceOnSQLite(ServiceMachine):
    """The same on a file."""

    store = "sqlite"


TestService = ServiceMachine.TestCase
TestServiceOnSQLite = ServiceOnSQLite.TestCase
TestServiceOnSQLite.settings = settings(max_examples=10, stateful_step_count=30)
