"""The service behind a session checker, as the contract uses it."""

from abc import abstractmethod
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Protocol

from ...domain.policy import SessionPolicy
from ...domain.session import LoginResult, Session


class SessionBackend(Protocol):
    """Opens and ends the sessions that the checker under test checks.

    It acts without the checker, which has to find out about each change. It also controls the time
    of the service and of the checker.
    """

    @property
    @abstractmethod
    def policy(self) -> SessionPolicy:
        """How long sessions live, and how many one customer may have."""

    @abstractmethod
    def open_session(self, customer_id: str, roles: Collection[str] = ()) -> LoginResult:
        """Log a customer in. Adds the customer if new, and makes ``roles`` the customer's roles."""

    @abstractmethod
    def use_session(self, context_id: str) -> Session:
        """Use the session without the checker, which extends it. Returns the extended session."""

    @abstractmethod
    def end_session(self, context_id: str) -> None:
        """Log out of this session."""

    @abstractmethod
    def end_sessions(self, customer_id: str) -> None:
        """End every session of a customer."""

    @abstractmethod
    def set_roles(self, customer_id: str, roles: Collection[str]) -> None:
        """Make ``roles`` the only roles of a customer."""

    @abstractmethod
    def set_email_verified(self, customer_id: str, *, email_verified: bool) -> None:
        """Make the customer's e-mail address a proven one, or replace it by one that is not."""

    @abstractmethod
    def delete_customer(self, customer_id: str) -> None:
        """Delete a customer."""

    @abstractmethod
    def now(self) -> datetime:
        """The present moment, in UTC, to the microsecond."""

    @abstractmethod
    def advance(self, by: timedelta) -> None:
        """Let time pass, for the service and for the checker."""

    @abstractmethod
    def start_outage(self) -> None:
        """Make the checker's source (the store or the service) stop answering."""

    @abstractmethod
    def end_outage(self) -> None:
        """Make the source answer again."""
