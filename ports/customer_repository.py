"""The stored customers."""

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from ..domain.audit import AuditRecord
from ..domain.customer import Customer
from ..domain.customer_addition import AdditionRefusal, CustomerAddition
from ..domain.customer_page import StoredCustomerPage
from ..domain.customer_update import CustomerUpdate
from ..domain.idempotency_key import KeyedRegistration
from ..domain.one_time_token import TokenIssue


class CustomerRepository(Protocol):
    """Keeps customers.

    A change and its audit record are stored in one transaction. If the change alters the answer
    of a session check, the same transaction publishes it (see SessionChangeLog). A tombstone, the
    trace of a deleted customer, counts as no customer for every method but ``is_taken``, ``add``
    and ``add_each``. Every method raises StoreUnavailableError if the store does not answer.
    """

    @abstractmethod
    def get(self, customer_id: str, *, now: datetime) -> Customer | None:
        """The customer, with every change stored before the call, or None if there is none.

        A customer that has ended at ``now`` (``Customer.exists_at``) counts as none. The changes
        below apply the same rule at ``record.at``.
        """

    @abstractmethod
    def find_id_by_email(self, email_key: str) -> str | None:
        """The id of the customer that holds ``email_key``, or None if no customer does."""

    @abstractmethod
    def read_page(self, *, now: datetime, after: str | None, limit: int) -> StoredCustomerPage:
        """At most ``limit`` customers that exist at ``now``, in the store's own order.

        The store reads a bounded number of entries, so a page with a ``next_position`` may have
        fewer customers, even none. The order does not change: a customer that exists from the first
        page to the last is on exactly one. The answer may be a moment old. Password hashes,
        sessions and tokens are not read.

        Args:
            now: the time.
            after: the ``next_position`` of the page before, which is 1 to 160 visible characters of
                ASCII; None for the first page. Another such text begins somewhere else.
            limit: the most customers of the page.
        """

    @abstractmethod
    def is_taken(self, customer_id: str, *, now: datetime, reuse: bool = False) -> bool:
        """Whether ``add`` would refuse this id at ``now``, with the same ``reuse``.

        The answer may be a moment old. ``add`` decides; this saves the hashing of a password for
        a registration that would be refused.
        """

    @abstractmethod
    def add(
        self,
        customer: Customer,
        record: AuditRecord,
        *,
        reuse: bool = False,
        registration: KeyedRegistration | None = None,
    ) -> None:
        """Store a new customer, and reserve its ``email_key`` if it has one.

        A customer or a tombstone that has ended at ``record.at`` gives way to the new customer.
        With ``reuse`` every tombstone does. The ``registration`` is stored in the same transaction,
        and kept until its ``expires_at``.

        Raises:
            CustomerExistsError: a customer has the ``customer_id``, or a tombstone keeps it.
            EmailTakenError: the ``email_key`` is taken, and the ``customer_id`` is not.
            IdempotencyKeyReusedError: another registration with this ``key_hash`` is kept, and
                neither of the above is the case.
        """

    @abstractmethod
    def add_each(
        self, additions: Sequence[CustomerAddition], *, reuse: bool = False, at_a_time: int = 1
    ) -> list[AdditionRefusal | None]:
        """Add each customer as ``add`` does, whatever becomes of the others.

        All who were added are durable afterwards. If this raises, some of them may be stored; the
        same call again adds the others.

        Args:
            additions: the customers, each with its record.
            reuse: as with ``add``.
            at_a_time: the most transactions in flight. A store with one writer may add several
                customers in one transaction instead.

        Returns:
            For each customer, in the same order, the error that ``add`` would raise; None if it
            was added. Of two with the same id or key, only one is added.
        """

    @abstractmethod
    def find_registration(self, key_hash: str, *, now: datetime) -> KeyedRegistration | None:
        """What ``add`` kept of the registration with this key; None if nothing is kept at ``now``.

        It has every change stored before the call. A deletion of the customer does not remove it.
        """

    @abstractmethod
    def update(self, update: CustomerUpdate, record: AuditRecord) -> None:
        """Apply ``update``, as ``CustomerUpdate`` says. Sessions end as with ``close_all``.

        The login budgets that ``update`` names are made full in the same transaction.

        Raises:
            CustomerNotFoundError: there is no such customer.
            VersionConflictError: the stored version is not ``update.if_version``, or the token of
                ``update.if_token`` is not stored.
            EmailTakenError: the new ``email_key`` belongs to another customer.
        """

    @abstractmethod
    def issue_token(self, issue: TokenIssue, record: AuditRecord) -> None:
        """Store a one-time token with its customer. The customer's version stays the same.

        It replaces an earlier token of the same purpose.

        Raises:
            VersionConflictError: there is no such customer, or the address or the
                ``password_version`` is not the one that ``issue`` depends on.
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
