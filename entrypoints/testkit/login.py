"""Logs customers in by the real path, adding them on the way."""

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
    """Log a customer in, added if new, whose roles are from now on exactly ``roles``.

    Args:
        services: where.
        customer_id: who.
        roles: they are the customer's: sessions opened before have the same ones.
        password: what a new customer gets; that of one whom the test itself has added.

    Raises:
        InvalidInputError: the service accepts no such customer or role.
        LoginRefusedError: the customer exists, with another password.
    """
    with suppress(CustomerExistsError):
        # Not made of the id: two ids may differ in letter case alone, or be too long for one.
        email = f"{uuid4().hex}@customers.test"
        services.customers.add_customer(
            customer_id=customer_id, email=email, password=password, actor=OPERATOR
        )
    set_roles(services, customer_id, roles)
    return services.sessions.login(customer_id=customer_id, password=password)


def set_roles(services: Services, customer_id: str, roles: Collection[str]) -> None:
    """Grant and revoke until the customer's roles are exactly ``roles``.

    Raises:
        InvalidInputError: the service accepts no such role.
        CustomerNotFoundError: there is no such customer.
    """
    if isinstance(roles, str):
        # A text is a collection too: "admin" would be five roles.
        raise TypeError("roles must be a collection of roles, such as ['admin']")
    present = services.customers.get_customer(customer_id, actor=OPERATOR).roles
    for role in set(roles) - present:
        services.roles.grant_role(customer_id, role, actor=OPERATOR)
    for role in present - set(roles):
        services.roles.revoke_role(customer_id, role, actor=OPERATOR)
