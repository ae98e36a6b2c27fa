"""A customer as a JSON object."""

from typing import Annotated, cast

from ..domain.audit import rfc3339
from ..domain.customer import Customer
from ..domain.customer_profile import CustomerProfile
from ..domain.fields import PROFILE, Profile
from .json_members import CustomerIdText, EmailVerified, RoleText, TimeText
from .json_shape import Member


class CustomerJson(Profile[str]):
    """A customer, for the customer and for admins."""

    customer_id: CustomerIdText
    email: Annotated[
        str | None,
        Member(
            "The address as written. `null` only for an admin of the settings.", "zoe@shop.example"
        ),
    ]
    email_verified: EmailVerified
    roles: list[RoleText]
    created_at: TimeText
    updated_at: TimeText


def customer_json(customer: Customer | CustomerProfile) -> CustomerJson:
    """The profile of ``customer``, for the customer and for admins."""
    return {
        "customer_id": customer.customer_id,
        "email": customer.email,
        "email_verified": customer.email_verified,
        **cast("Profile[str]", {name: getattr(customer, name) for name in PROFILE}),
        "roles": sorted(customer.roles),
        "created_at": rfc3339(customer.created_at),
        "updated_at": rfc3339(customer.updated_at),
    }


class ListedCustomerJson(CustomerJson):
    """A customer in a list, with the version that the ``ETag`` of one customer has."""

    version: Annotated[int, Member("Grows with each change of the customer.", 1)]


def listed_customer_json(customer: Customer | CustomerProfile) -> ListedCustomerJson:
    """The profile of ``customer`` and its version."""
    return {**customer_json(customer), "version": customer.version}
