"""The service as another program uses it: one interface, in process or over HTTP."""

from abc import abstractmethod
from datetime import datetime
from typing import Protocol, Self, Unpack

from ..domain.audit import AuditPage
from ..domain.customer_page import DEFAULT_PAGE, CustomerPage
from ..domain.customer_profile import AddedCustomer, CustomerProfile
from ..domain.fields import Profile
from ..domain.session import LoginResult
from ..domain.session_details import SessionSummary
from .session_checker import SessionChecker


class CustomerAdministration(Protocol):
    """What an admin or the operator may do with any customer.

    Every method raises ServiceUnavailableError if the service gives no usable answer, and
    CheckerUnavailableError or SessionRefusedError if the session of the actor cannot be checked or
    has ended.
    """

    @abstractmethod
    def get_customer(self, customer_id: str) -> CustomerProfile:
        """As ``CustomerService.get_customer``."""

    @abstractmethod
    def list_customers(
        self, *, cursor: str | None = None, limit: int = DEFAULT_PAGE
    ) -> CustomerPage:
        """As ``CustomerListService.list_customers``."""

    @abstractmethod
    def find_customers(
        self, email: str, *, cursor: str | None = None, limit: int = DEFAULT_PAGE
    ) -> CustomerPage:
        """As ``CustomerListService.find_customers``."""

    @abstractmethod
    def update_customer(
        self,
        customer_id: str,
        *,
        if_version: int | None = None,
        email: str | None = None,
        password: str | None = None,
        **profile: Unpack[Profile[str | None]],
    ) -> int:
        """As ``CustomerService.update_customer``. Returns the version after the update."""

    @abstractmethod
    def delete_customer(self, customer_id: str, *, if_version: int | None = None) -> None:
        """As ``CustomerService.delete_customer``."""

    @abstractmethod
    def list_sessions(self, customer_id: str) -> tuple[SessionSummary, ...]:
        """The live sessions of a customer, oldest first, with where they were opened.

        As ``SessionService.describe_sessions``.
        """

    @abstractmethod
    def end_sessions(self, customer_id: str) -> None:
        """As ``SessionService.end_sessions``."""

    @abstractmethod
    def read_records(
        self,
        customer_id: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        cursor: str | None = None,
        limit: int = 100,
    ) -> AuditPage:
        """As ``AuditService.read_records``."""

    @abstractmethod
    def unlock(self, customer_id: str) -> None:
        """As ``ThrottleService.unlock``."""


class BearerClient(CustomerAdministration, Protocol):
    """What the customer of a session may do: with the own account, and, as an admin, with others.

    Each call presents the ``context_id``, so a session that has ended is refused at once.
    """

    @abstractmethod
    def get_account(self) -> CustomerProfile:
        """As ``AccountService.get_account``."""

    @abstractmethod
    def update_account(
        self, *, if_version: int | None = None, **profile: Unpack[Profile[str | None]]
    ) -> int:
        """As ``AccountService.update_account``. Returns the version after the update."""

    @abstractmethod
    def change_email(self, email: str) -> bool:
        """As ``AccountService.change_email``: False if a link is sent first."""

    @abstractmethod
    def change_password(
        self,
        *,
        password: str,
        new_password: str,
        device_token: str | None = None,
        source: str | None = None,
        user_agent: str | None = None,
    ) -> LoginResult:
        """As ``PasswordChangeService.change_password``.

        The result has a new ``context_id``; the present one has ended.
        """

    @abstractmethod
    def delete_account(self, *, if_version: int | None = None) -> None:
        """As ``AccountService.delete_account``."""

    @abstractmethod
    def list_own_sessions(self) -> tuple[SessionSummary, ...]:
        """The own live sessions, oldest first, with where they were opened."""

    @abstractmethod
    def end_session(self, session_id: str) -> None:
        """End one own session. As ``SessionService.end_session``."""

    @abstractmethod
    def end_other_sessions(self) -> None:
        """As ``SessionService.end_other_sessions``."""


class CustomerClient(SessionChecker, Protocol):
    """The customer service, for callers with and without a login.

    It is a ``SessionChecker`` too. A client is made once in a process and shared among threads.
    ``source`` is the network address of the person who asks, such as ``203.0.113.7``: the service
    counts attempts by it. Every method raises ServiceUnavailableError if the service gives no
    usable answer; ``outcome_known`` says whether a change may have been made.
    """

    @abstractmethod
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
        """As ``CustomerService.add_customer``."""

    @abstractmethod
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
        """As ``SessionService.login``."""

    @abstractmethod
    def logout(self, context_id: str | None, *, customer_id: str | None = None) -> str:
        """As ``SessionService.logout``. Returns the customer's id."""

    @abstractmethod
    def request_password_reset(
        self, *, customer_id: str | None = None, email: str | None = None, source: str | None = None
    ) -> None:
        """As ``PasswordResetService.request_reset``."""

    @abstractmethod
    def complete_password_reset(
        self, *, token: str, password: str, source: str | None = None
    ) -> str:
        """As ``PasswordResetService.complete_reset``. Returns the customer's id."""

    @abstractmethod
    def request_email_verification(
        self, *, customer_id: str | None = None, email: str | None = None, source: str | None = None
    ) -> None:
        """As ``EmailVerificationService.request_verification``."""

    @abstractmethod
    def complete_email_verification(self, *, token: str, source: str | None = None) -> str:
        """As ``EmailVerificationService.complete_verification``. Returns the customer's id."""

    @abstractmethod
    def as_bearer(self, context_id: str) -> BearerClient:
        """The client of the customer whose session ``context_id`` opens. It asks nothing yet."""

    @abstractmethod
    def close(self) -> None:
        """Close the connections of this process. Use the client no more after this."""

    @abstractmethod
    def __enter__(self) -> Self: ...

    @abstractmethod
    def __exit__(self, *_: object) -> None: ...
