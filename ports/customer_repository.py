"""The stored customers."""

from abc import abstractmethod
from datetime import datetime
from typing import Protocol

from ..domain.audit import AuditRecord
from ..domain.customer import Customer, CustomerUpdate


class CustomerRepository(Protocol):
    """Keeps customers.

    A change and its audit record are stored in one transaction. If the change alters the answer
    of a session check, the same transaction publishes it (see SessionChangeLog). A tombstone, the
    trace of a deleted customer, counts as no customer for every method but ``is_taken`` and
    ``add``. Every method raises StoreUnavailableError if the store does not answer.
    """

    @abstractmethod
    def get(self, customer_id: str) -> Customer | None:
        """The customer, with every change stored before the call, or None if there is none."""

    @abstractmethod
    def find_id_by_email(self, email_key: str) -> str | None:
        """The id of the customer that holds ``email_key``, or None if no customer does."""

    @abstractmethod
    def is_taken(self, customer_id: str, *, now: datetime, reuse: bool = False) -> bool:
        """Whether ``add`` would refuse this id at ``now``, with the same ``reuse``.

        The answer may be a moment old. ``add`` decides; this saves the hashing of a password for
        a registration that would be refused.
        """

    @abstractmethod
    def add(self, customer: Customer, record: AuditRecord, *, reuse: bool = False) -> None:
        """Store a new customer, and reserve its ``email_key`` if it has one.

        A tombstone that has ended at ``record.at`` gives way to the customer. With ``reuse``
        every tombstone does.

        Raises:
            CustomerExistsError: a customer has the ``customer_id``, or a tombstone keeps it.
            EmailTakenError: the ``email_key`` is taken, and the ``customer_id`` is not.
        """

    @abstractmethod
    def update(self, update: CustomerUpdate, record: AuditRecord) -> None:
        """Apply ``update``. A new password ends every session, as ``close_all`` does.

        The login budgets that ``update`` names are made full in the same transaction.

        Raises:
            CustomerNotFoundError: there is no such customer.
            VersionConflictError: the stored version is not ``update.if_version``.
            EmailTakenError: the new ``email_key`` belongs to another customer.
        """

    @abstractmethod
    def delete(
        self, customer: Customer, record: AuditRecord, *, id_kept_until: datetime | None = None
    ) -> None:
        """Remove ``customer`` with its sessions, and release its ``email_key``.

        A tombstone stays in its place until ``id_kept_until``: it has the id and nothing else of
        the customer. Without that time the id is free at once.

        Raises:
            CustomerNotFoundError: there is no such customer.
            VersionConflictError: the stored version is not ``customer.version``.
        """
