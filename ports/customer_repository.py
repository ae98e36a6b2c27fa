"""The stored customers."""

from abc import abstractmethod
from typing import Protocol

from ..domain.audit import AuditRecord
from ..domain.customer import Customer, CustomerUpdate


class CustomerRepository(Protocol):
    """Keeps customers.

    Each change takes its audit record: both are stored, or neither is; and so is what the feed
    tells of changed passwords and roles, and of deletions (see SessionChangeLog). Every method
    raises StoreUnavailableError when the store does not answer.
    """

    @abstractmethod
    def get(self, customer_id: str) -> Customer | None:
        """The customer, as of its last change, or None if there is none."""

    @abstractmethod
    def find_id_by_email(self, email_key: str) -> str | None:
        """The id of the customer that holds ``email_key``, or None if nobody does."""

    @abstractmethod
    def add(self, customer: Customer, record: AuditRecord) -> None:
        """Store a new customer, and take its ``email_key`` if it has one.

        Raises:
            CustomerExistsError: the ``customer_id`` is taken.
            EmailTakenError: the ``email_key`` is taken (and the ``customer_id`` is not).
        """

    @abstractmethod
    def update(self, update: CustomerUpdate, record: AuditRecord) -> None:
        """Change what ``update`` names; a new password ends every session, as ``close_all`` does.

        Raises:
            CustomerNotFoundError: there is no such customer.
            VersionConflictError: its version is not ``update.if_version``.
            EmailTakenError: the new ``email_key`` belongs to another customer.
        """

    @abstractmethod
    def delete(self, customer: Customer, record: AuditRecord) -> None:
        """Remove ``customer`` at the version given, with its sessions and its ``email_key``.

        Raises:
            CustomerNotFoundError: there is no such customer.
            VersionConflictError: it changed since it was read.
        """
