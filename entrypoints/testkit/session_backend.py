"""What the contract of a session checker asks of the service behind the checker."""

from abc import abstractmethod
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Protocol

from ...domain.policy import SessionPolicy
from ...domain.session import LoginResult, Session


class SessionBackend(Protocol):
    """Where customers log in and out whose sessions the checker under test knows.

    It is past the checker: what happens here is what the checker has to find out. It also
    rules the time that both go by.
    """

    @property
    @abstractmethod
    def policy(self) -> SessionPolicy:
        """How long sessions live here, and how many one customer has."""

    @abstractmethod
    def open_session(self, customer_id: str, roles: Collection[str] = ()) -> LoginResult:
        """Log a customer in, added if new, whose roles are from now on exactly ``roles``."""

    @abstractmethod
    def use_session(self, context_id: str) -> Session:
        """Let the customer use the session elsewhere, which moves its end. The session then."""

    @abstractmethod
    def end_session(self, context_id: str) -> None:
        """Log out."""

    @abstractmethod
    def end_sessions(self, customer_id: str) -> None:
        """End every session of a customer."""

    @abstractmethod
    def set_roles(self, customer_id: str, roles: Collection[str]) -> None:
        """Give a customer exactly ``roles``."""

    @abstractmethod
    def delete_customer(self, customer_id: str) -> None:
        """Delete a customer."""

    @abstractmethod
    def now(self) -> datetime:
        """The present moment, in UTC, to the microsecond."""

    @abstractmethod
    def advance(self, by: timedelta) -> None:
        """Let that much time pass, for the service and for the checker."""

    @abstractmethod
    def start_outage(self) -> None:
        """Let what the checker asks (the store, the service) answer nothing any more."""

    @abstractmethod
    def end_outage(self) -> None:
        """Let it answer again."""
