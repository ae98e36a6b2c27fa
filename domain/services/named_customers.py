"""Finds the customer whom a caller names, by id or by address."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from ...ports.clock import Clock
from ...ports.customer_repository import CustomerRepository
from ..budget_names import email_budget, id_budget
from ..customer import Customer
from ..email_address import EmailAddress
from ..errors import FieldFault
from ..fields import Faults, customer_id_fault
from .emails import Emails

_NO_ADDRESS: Final = EmailAddress("", "")


@dataclass(frozen=True, slots=True)
class CustomerName:
    """What names a customer: an id or an address, never both."""

    customer_id: str | None
    address: EmailAddress = field(repr=False, default=_NO_ADDRESS)
    """The address; an empty one if there is a ``customer_id``."""

    @property
    def identity(self) -> str:
        """Names the budget of the id or of the address."""
        if self.customer_id is None:
            return email_budget(self.address.key)
        return id_budget(self.customer_id)


def read_name(customer_id: object, email: object, emails: Emails, faults: Faults) -> CustomerName:
    """The name in the fields ``customer_id`` and ``email``, of which a caller gives one.

    A fault is noted in ``faults``. Call ``faults.raise_if_any()`` before you use the name.
    """
    if (customer_id is None) == (email is None):
        # If the caller found a fault in one of them, that one was given.
        if "customer_id" not in faults and "email" not in faults:
            faults.note("customer_id", "must be given, or email, and only one of them")
        return CustomerName(None)
    if customer_id is None:
        return CustomerName(None, emails.read_login(email, faults))
    faults.note("customer_id", customer_id_fault(customer_id))
    return CustomerName(str(customer_id))


class NamedCustomers:
    """Looks a customer up by a ``CustomerName``."""

    def __init__(self, *, customers: CustomerRepository, emails: Emails, clock: Clock) -> None:
        self._customers = customers
        self._emails = emails
        self._clock = clock

    def read(self, customer_id: object, email: object, found: Iterable[FieldFault]) -> CustomerName:
        """The name in the fields ``customer_id`` and ``email``.

        Raises:
            InvalidInputError: neither is given, or both are, or one is malformed.
        """
        faults = Faults(found)
        name = read_name(customer_id, email, self._emails, faults)
        faults.raise_if_any()
        return name

    def find(self, name: CustomerName) -> Customer | None:
        """The customer with this name, or None if there is none. It takes two reads at most."""
        customer_id = name.customer_id
        if customer_id is None:
            customer_id = self._customers.find_id_by_email(name.address.key)
        if customer_id is None:
            return None
        return self._customers.get(customer_id, now=self._clock.now())
