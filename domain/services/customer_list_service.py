"""The use cases of listing customers, and of finding them by address."""

from collections.abc import Iterable

from ...ports.clock import Clock
from ...ports.customer_repository import CustomerRepository
from ..actor import Actor
from ..audit import ANYONE
from ..customer_page import (
    ALL,
    DEFAULT_PAGE,
    CustomerPage,
    cursor_to,
    note_page_faults,
    position_of,
)
from ..customer_profile import CustomerProfile
from ..errors import FieldFault
from ..fields import Faults
from ..use_case import use_cases
from .audit_trail import AuditTrail
from .authorizer import Authorizer
from .emails import Emails


@use_cases
class CustomerListService:
    """Lists customers and finds them, for admins.

    ``CustomerService.get_customer`` finds a customer by id. Every page has a bounded cost, so it
    may have fewer customers than ``limit``, even none, while it has a ``next_cursor``. No result
    has a password hash or another secret.

    A caller passes the faults that it found in the same input as ``found``. They are raised
    together with those found here. Every method may also raise StoreUnavailableError and
    StoreFaultError.
    """

    def __init__(
        self,
        *,
        customers: CustomerRepository,
        audit_trail: AuditTrail,
        authorizer: Authorizer,
        emails: Emails,
        clock: Clock,
    ) -> None:
        self._customers = customers
        self._audit_trail = audit_trail
        self._authorizer = authorizer
        self._emails = emails
        self._clock = clock

    def list_customers(
        self,
        *,
        actor: Actor,
        cursor: str | None = None,
        limit: int = DEFAULT_PAGE,
        found: Iterable[FieldFault] = (),
    ) -> CustomerPage:
        """A page of all customers, in the store's own order. Admins only.

        A customer that exists from the first page to the last is on exactly one of them. Each page
        has an audit record under ``-``, because it shows the data of many customers.

        Args:
            actor: who asks.
            cursor: ``next_cursor`` of the page before; None for the first page.
            limit: the most customers of the page, 1 to 100.
            found: see the class.

        Raises:
            InvalidInputError: names every argument that breaks a rule.
            ForbiddenError: ``actor`` is no admin.
        """
        faults = Faults(found)
        note_page_faults(faults, cursor=cursor, limit=limit)
        faults.raise_if_any()
        self._authorizer.require_admin(actor, "list_customers", ANYONE)
        page = self._read_page(cursor, limit)
        self._audit_trail.note(
            "list_customers",
            ANYONE,
            f"Customers listed: {len(page.customers)}.",
            actor_id=actor.customer_id,
        )
        return page

    def find_customers(
        self,
        email: str,
        *,
        actor: Actor,
        cursor: str | None = None,
        limit: int = DEFAULT_PAGE,
        found: Iterable[FieldFault] = (),
    ) -> CustomerPage:
        """The customers with this e-mail address, in any of its spellings. Admins only.

        If an address is one customer's only, this takes two reads, and the page is the last one. It
        has the customer who holds the address. A customer who has yet to prove the address does not
        hold it.

        If customers may share addresses, each page takes one page of ``list_customers`` and has
        those of its customers who have the address. Most pages are empty: follow ``next_cursor``.

        Args:
            email: the address.
            actor: who asks.
            cursor: ``next_cursor`` of the page before, which had the same address; None for the
                first page.
            limit: the most customers of the page, 1 to 100.
            found: see the class.

        Raises:
            InvalidInputError: names every argument that breaks a rule.
            ForbiddenError: ``actor`` is no admin.
        """
        faults = Faults(found)
        address = self._emails.read(email, faults)
        note_page_faults(faults, cursor=cursor, limit=limit, email_key=address.key or None)
        faults.raise_if_any()
        self._authorizer.require_admin(actor, "find_customers", ANYONE)
        if not self._emails.are_unique:
            page = self._read_page(cursor, limit, address.key)
            having = (
                each for each in page.customers if self._emails.is_spelling_of(each.email, address)
            )
            return CustomerPage(tuple(having), page.next_cursor)
        # The only page has no cursor. A cursor is of a time when customers could share addresses.
        owner = None if cursor is not None else self._find_owner(address.key)
        return CustomerPage(() if owner is None else (owner,), None)

    def _find_owner(self, email_key: str) -> CustomerProfile | None:
        customer_id = self._customers.find_id_by_email(email_key)
        if customer_id is None:
            return None
        customer = self._customers.get(customer_id, now=self._clock.now())
        # The address may have changed hands between the two reads.
        if customer is None or customer.email_key != email_key:
            return None
        return CustomerProfile.of(customer)

    def _read_page(self, cursor: str | None, limit: int, email_key: str = ALL) -> CustomerPage:
        after = None if cursor is None else position_of(cursor, email_key)
        page = self._customers.read_page(now=self._clock.now(), after=after, limit=limit)
        position = page.next_position
        next_cursor = None if position is None else cursor_to(position, email_key)
        return CustomerPage(page.customers, next_cursor)
