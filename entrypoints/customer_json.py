"""A customer as a JSON object."""

from typing import Any

from ..domain.audit import rfc3339
from ..domain.customer import Customer
from ..domain.customer_profile import CustomerProfile
from ..domain.fields import PROFILE


def customer_json(customer: Customer | CustomerProfile) -> dict[str, Any]:
    """The profile of ``customer``, for the customer and for admins."""
    return {
        "customer_id": customer.customer_id,
        "email": customer.email,
        "email_verified": customer.email_verified,
        **{name: getattr(customer, name) for name in PROFILE},
        "roles": sorted(customer.roles),
        "created_at": rfc3339(customer.created_at),
        "updated_at": rfc3339(customer.updated_at),
    }
