"""Logs customers in with the real use cases, and adds them before."""

from collections.abc import Collection
from contextlib import suppress
from uuid import uuid4

from ...domain.actor import OPERATOR
from ...domain.errors import CustomerExistsError
from ...domain.session import LoginResult
from ..services import Services
from .password import PASSWORD


def log_in(
    services: Services, customer_id: str, roles: Collection[str] = (), *, password: str = PASSWORD
) -> LoginResult:
    """Log a customer in. Adds the customer if new, and makes ``roles`` the customer's roles.

    Args:
        services: the service to log in at.
        customer_id: the customer's id.
        roles: exactly these roles, also in the customer's earlier sessions.
        password: the password of a new customer, or of a customer whom the test added itself.

    Raises:
        InvalidInputError: the service does not accept the customer_id or a role.
        LoginRefusedError: the customer exists with another password.
    """
    with suppress(CustomerExistsError):
        # Independent of the id: an id may be too long for an address, and two ids may differ only
        # in letter case.
        email = f"{uuid4().hex}@customers.test"
        services.customers.add_customer(
            customer_id=customer_id, email=email, password=password, actor=OPERATOR
        )
    set_roles(services, customer_id, roles)
    return services.sessions.login(customer_id=customer_id, password=password)


def set_roles(services: Services, customer_id: str, roles: Collection[str]) -> None:
    """Grant and revoke until the customer's roles are exactly ``roles``.

    Raises:
        InvalidInputError: the service does not accept a role.
        CustomerNotFoundError: there is no such customer.
        TypeError: ``roles`` is one string.
    """
    if isinstance(roles, str):
        # A string is a collection too: "admin" would be five roles.
        raise TypeError("roles must be a collection of roles, such as ['admin']")
    present = services.customers.get_customer(customer_id, actor=OPERATOR).roles
    for role in set(roles) - present:
        services.roles.grant_role(customer_id, role, actor=OPERATOR)
    for role in present - set(roles):
        services.roles.revoke_role(customer_id, role, actor=OPERATOR)
