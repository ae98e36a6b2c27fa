"""Whether an existing customer is the one of a file, or another one with the same id."""

from collections.abc import Mapping

from .customer import Customer
from .imported_customer import ImportedCustomer


def comparable_values(customer: Customer, *, with_hash: bool) -> dict[str, str]:
    """The values of ``customer`` that a file may give, and that no login changes.

    ``with_hash`` is whether no login has replaced the password hash yet.
    """
    return {
        "email": (customer.email or "").casefold(),
        **customer.profile,
        "roles": " ".join(sorted(customer.roles)),
        "created_at": customer.created_at.isoformat(),
        **({"password_hash": customer.password_hash} if with_hash else {}),
    }


def different_fields(wanted: ImportedCustomer, stored: Mapping[str, str]) -> tuple[str, ...]:
    """The fields that ``wanted`` gives with another value than ``comparable_values``.

    The case of an address makes no difference.
    """
    given = {
        "email": None if wanted.email is None else wanted.email.casefold(),
        **wanted.profile,
        "roles": " ".join(sorted(wanted.roles)) or None,
        "created_at": None if wanted.created_at is None else wanted.created_at.isoformat(),
        "password_hash": wanted.password_hash,
    }
    return tuple(
        name
        for name, value in given.items()
        if value is not None and stored.get(name, value) != value
    )
