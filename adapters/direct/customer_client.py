"""The client of the service in this process: in memory for tests, or on any store."""

from datetime import datetime
from typing import Protocol, Self, Unpack

from ...domain.actor import OPERATOR, Actor
from ...domain.audit import AuditPage
from ...domain.client_arguments import require_origin, require_target, require_version
from ...domain.customer_page import DEFAULT_PAGE, CustomerPage
from ...domain.customer_profile import AddedCustomer, CustomerProfile
from ...domain.fields import Profile
from ...domain.services.account_service import AccountService
from ...domain.services.audit_service import AuditService
from ...domain.services.checker_errors import checker_errors
from ...domain.services.customer_list_service import CustomerListService
from ...domain.services.customer_service import CustomerService
from ...domain.services.email_verification_service import EmailVerificationService
from ...domain.services.password_change_service import PasswordChangeService
from ...domain.services.password_reset_service import PasswordResetService
from ...domain.services.role_service import RoleService
from ...domain.services.session_check_service import SessionCheckService
from ...domain.services.session_service import SessionService
from ...domain.services.throttle_service import ThrottleService
from ...domain.session import ContextId, LoginResult, Session
from ...domain.session_details import SessionSummary
from ...ports.customer_client import BearerClient, CustomerAdministration, CustomerClient


class UseCases(Protocol):
    """The use cases that the client calls: ``Services`` has them, and so has the container."""

    @property
    def customers(self) -> CustomerService: ...
    @property
    def customer_list(self) -> CustomerListService: ...
    @property
    def sessions(self) -> SessionService: ...
    @property
    def accounts(self) -> AccountService: ...
    @property
    def password_change(self) -> PasswordChangeService: ...
    @property
    def password_reset(self) -> PasswordResetService: ...
    @property
    def email_verification(self) -> EmailVerificationService: ...
    @property
    def session_check(self) -> SessionCheckService: ...
    @property
    def roles(self) -> RoleService: ...
    @property
    def throttle(self) -> ThrottleService: ...
    @property
    def audit(self) -> AuditService: ...


class DirectCustomerClient(CustomerClient):
    """Calls the use cases in this process. It has no connection, so ``close`` does nothing."""

    def __init__(self, services: UseCases) -> None:
        self._services = services

    @checker_errors
    def check_session(
        self, context_id: str | None, *, customer_id: str | None = None, role: str | None = None
    ) -> Session:
        session = self._services.session_check.check_session(context_id, customer_id=customer_id)
        if role is not None:
            session.require(role)
        return session

    def add_customer(
        self,
        *,
        email: str,
        password: str,
        customer_id: str | None = None,
        source: str | None = None,
        idempotency_key: str | None = None,
        **profile: Unpack[Profile[str]],
    ) -> AddedCustomer:
        require_origin(source)
        customer = self._services.customers.add_customer(
            email=email,
            password=password,
            customer_id=customer_id,
            source=source,
            idempotency_key=idempotency_key,
            **profile,
        )
        return AddedCustomer(customer.customer_id, customer.version)

    def login(
        self,
        *,
        password: str,
        customer_id: str | None = None,
        email: str | None = None,
        device_token: str | None = None,
        context_id: str | None = None,
        source: str | None = None,
        user_agent: str | None = None,
    ) -> LoginResult:
        require_origin(source, user_agent)
        return self._services.sessions.login(
            password=password,
            customer_id=customer_id,
            email=email,
            device_token=device_token,
            context_id=context_id,
            source=source,
            user_agent=user_agent,
        )

    def logout(self, context_id: str | None, *, customer_id: str | None = None) -> str:
        return self._services.sessions.logout(context_id, customer_id=customer_id)

    def request_password_reset(
        self, *, customer_id: str | None = None, email: str | None = None, source: str | None = None
    ) -> None:
        require_origin(source)
        self._services.password_reset.request_reset(
            customer_id=customer_id, email=email, source=source
        )

    def complete_password_reset(
        self, *, token: str, password: str, source: str | None = None
    ) -> str:
        require_origin(source)
        customer = self._services.password_reset.complete_reset(
            token=token, password=password, source=source
        )
        return customer.customer_id

    def request_email_verification(
        self, *, customer_id: str | None = None, email: str | None = None, source: str | None = None
    ) -> None:
        require_origin(source)
        self._services.email_verification.request_verification(
            customer_id=customer_id, email=email, source=source
        )

    def complete_email_verification(self, *, token: str, source: str | None = None) -> str:
        require_origin(source)
        customer = self._services.email_verification.complete_verification(
            token=token, source=source
        )
        return customer.customer_id

    def as_bearer(self, context_id: str) -> BearerClient:
        return DirectBearerClient(self._services, context_id)

    def as_operator(self) -> "OperatorClient":
        """The client of the operator, who runs this process and needs no session."""
        return OperatorClient(self._services)

    def close(self) -> None:
        """Do nothing: the caller made the use cases, and closes their storage."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _DirectAdministration(CustomerAdministration):
    """What an actor may do with any customer; ``_actor`` says who it is at each call."""

    def __init__(self, services: UseCases) -> None:
        self._services = services

    def _actor(self) -> Actor:
        raise NotImplementedError

    def get_customer(self, customer_id: str) -> CustomerProfile:
        require_target(customer_id)
        customer = self._services.customers.get_customer(customer_id, actor=self._actor())
        return CustomerProfile.of(customer)

    def list_customers(
        self, *, cursor: str | None = None, limit: int = DEFAULT_PAGE
    ) -> CustomerPage:
        return self._services.customer_list.list_customers(
            actor=self._actor(), cursor=cursor, limit=limit
        )

    def find_customers(
        self, email: str, *, cursor: str | None = None, limit: int = DEFAULT_PAGE
    ) -> CustomerPage:
        return self._services.customer_list.find_customers(
            email, actor=self._actor(), cursor=cursor, limit=limit
        )

    def update_customer(
        self,
        customer_id: str,
        *,
        if_version: int | None = None,
        email: str | None = None,
        password: str | None = None,
        **profile: Unpack[Profile[str | None]],
    ) -> int:
        require_target(customer_id, if_version)
        return self._services.customers.update_customer(
            customer_id,
            actor=self._actor(),
            if_version=if_version,
            email=email,
            password=password,
            **profile,
        )

    def delete_customer(self, customer_id: str, *, if_version: int | None = None) -> None:
        require_target(customer_id, if_version)
        self._services.customers.delete_customer(
            customer_id, actor=self._actor(), if_version=if_version
        )

    def list_sessions(self, customer_id: str) -> tuple[SessionSummary, ...]:
        require_target(customer_id)
        details = self._services.sessions.describe_sessions(customer_id, actor=self._actor())
        return tuple(map(SessionSummary.of, details))

    def end_sessions(self, customer_id: str) -> None:
        require_target(customer_id)
        self._services.sessions.end_sessions(customer_id, actor=self._actor())

    def read_records(
        self,
        customer_id: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        cursor: str | None = None,
        limit: int = 100,
    ) -> AuditPage:
        require_target(customer_id)
        return self._services.audit.read_records(
            customer_id,
            actor=self._actor(),
            since=since,
            until=until,
            cursor=cursor,
            limit=limit,
        )

    def unlock(self, customer_id: str) -> None:
        require_target(customer_id)
        self._services.throttle.unlock(customer_id, actor=self._actor())


class DirectBearerClient(_DirectAdministration, BearerClient):
    """Checks the session of ``context_id`` at each call, as the service over HTTP does."""

    def __init__(self, services: UseCases, context_id: str) -> None:
        super().__init__(services)
        self._context_id = ContextId.parse(context_id).secret

    def _actor(self) -> Session:
        return self._services.session_check.check_session(self._context_id)

    def get_account(self) -> CustomerProfile:
        return CustomerProfile.of(self._services.accounts.get_account(actor=self._actor()))

    def update_account(
        self, *, if_version: int | None = None, **profile: Unpack[Profile[str | None]]
    ) -> int:
        require_version(if_version)
        return self._services.accounts.update_account(
            actor=self._actor(), if_version=if_version, **profile
        )

    def change_email(self, email: str) -> bool:
        return self._services.accounts.change_email(actor=self._actor(), email=email)

    def change_password(
        self,
        *,
        password: str,
        new_password: str,
        device_token: str | None = None,
        source: str | None = None,
        user_agent: str | None = None,
    ) -> LoginResult:
        require_origin(source, user_agent)
        return self._services.password_change.change_password(
            actor=self._actor(),
            password=password,
            new_password=new_password,
            device_token=device_token,
            source=source,
            user_agent=user_agent,
        )

    def delete_account(self, *, if_version: int | None = None) -> None:
        require_version(if_version)
        self._services.accounts.delete_account(actor=self._actor(), if_version=if_version)

    def list_own_sessions(self) -> tuple[SessionSummary, ...]:
        actor = self._actor()
        details = self._services.sessions.describe_sessions(actor.customer_id, actor=actor)
        return tuple(map(SessionSummary.of, details))

    def end_session(self, session_id: str) -> None:
        actor = self._actor()
        self._services.sessions.end_session(actor.customer_id, session_id, actor=actor)

    def end_other_sessions(self) -> None:
        self._services.sessions.end_other_sessions(self._actor())


class OperatorClient(_DirectAdministration):
    """Acts as the operator, who may do all that an admin may, and grants roles."""

    def _actor(self) -> Actor:
        return OPERATOR

    def grant_role(self, customer_id: str, role: str) -> bool:
        """As ``RoleService.grant_role``: False if the customer has the role already."""
        return self._services.roles.grant_role(customer_id, role, actor=OPERATOR)

    def revoke_role(self, customer_id: str, role: str) -> bool:
        """As ``RoleService.revoke_role``: False if the customer does not have the role."""
        return self._services.roles.revoke_role(customer_id, role, actor=OPERATOR)
