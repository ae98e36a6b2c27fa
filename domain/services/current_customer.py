"""Reads the customer that a use case changes."""

from datetime import datetime

from ...ports.customer_repository import CustomerRepository
from ..customer import Customer
from ..errors import CustomerNotFoundError, VersionConflictError


def read_customer(
    customers: CustomerRepository,
    customer_id: str,
    *,
    now: datetime,
    if_version: int | None = None,
) -> Customer:
    """The customer as stored; at ``if_version``, unless that is None.

    Raises:
        CustomerNotFoundError: there is no such customer.
        VersionConflictError: the customer has another version than ``if_version``.
    """
    customer = customers.get(customer_id, now=now)
    if customer is None:
        raise CustomerNotFoundError(customer_id)
    if if_version is not None and customer.version != if_version:
        raise VersionConflictError(customer_id)
    return customer
