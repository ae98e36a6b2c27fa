"""A customer as a JSON object."""

from typing import Any

from ..domain.audit import rfc3339
from ..domain.customer import Customer


def customer_json(customer: Customer) -> dict[str, Any]:
    """The profile of ``customer``, for the customer and for admins."""
    return {
        "customer_id": customer.customer_id,
        "email": customer.email,
        "email_verified": customer.email_verified,
        **customer.profile,
        "roles": sorted(customer.roles),
        "created_at": rfc3339(customer.created_at),
        "updated_at": rfc3339(customer.updated_at),
    }
