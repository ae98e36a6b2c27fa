"""Additions of customers, for a store that writes each in a transaction of its own."""

from ..domain.customer_addition import AdditionRefusal, CustomerAddition
from ..domain.errors import CustomerExistsError, EmailTakenError
from ..ports.customer_repository import CustomerRepository


def try_to_add(
    addition: CustomerAddition, *, customers: CustomerRepository, reuse: bool
) -> AdditionRefusal | None:
    """Add the customer to ``customers``; return why the repository refused, or None.

    Args:
        addition: the customer, and the record of the addition.
        customers: the repository of one store.
        reuse: as in ``CustomerRepository.add``.
    """
    try:
        customers.add(addition.customer, addition.record, reuse=reuse)
    except (CustomerExistsError, EmailTakenError) as error:
        return error
    return None
