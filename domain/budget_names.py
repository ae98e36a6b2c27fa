"""The names of the budgets that failed logins are charged to.

An id and an address have a budget each. A common one would tell a stranger that they belong
together.
"""

from .attempt import attempt_key


def id_budget(customer_id: str) -> str:
    """The budget of logins by id."""
    return f"id:{customer_id}"


def email_budget(email_key: str) -> str:
    """The budget of logins by address."""
    return f"email:{email_key}"


def device_budget(device_id: str) -> str:
    """The budget of logins on a known device."""
    return f"device:{device_id}"


def name_budget_keys(customer_id: str, email_key: str | None) -> tuple[str, ...]:
    """The keys of the budgets of a customer's names: of the id, and of the address if there is one.

    A ``LoginThrottle`` resets budgets by their keys.
    """
    names = [id_budget(customer_id)]
    if email_key is not None:
        names.append(email_budget(email_key))
    return tuple(map(attempt_key, names))
