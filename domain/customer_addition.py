"""A customer to add, as one of many."""

from dataclasses import dataclass
from typing import TypeAlias

from .audit import AuditRecord
from .customer import Customer
from .errors import CustomerExistsError, EmailTakenError


@dataclass(frozen=True, slots=True)
class CustomerAddition:
    """A new customer, and the record that is stored in the same transaction."""

    customer: Customer
    record: AuditRecord


AdditionRefusal: TypeAlias = CustomerExistsError | EmailTakenError
"""Why a store did not add a customer. It changed nothing then."""
