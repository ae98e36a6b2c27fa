"""The partition keys of the table ``customer``."""


def customer_key(customer_id: str) -> str:
    """The key of a customer."""
    return f"C#{customer_id}"


def guard_key(email_key: str) -> str:
    """The key of the guard item that reserves an email key."""
    return f"E#{email_key}"


def registration_key(key_hash: str) -> str:
    """The key of what is kept of a registration with an ``Idempotency-Key``."""
    return f"I#{key_hash}"


def login_budget_key(key: str) -> str:
    """The key of the budget with this ``attempt_key``.

    Its item has no schema. Another form of it needs another prefix, as the counters of earlier
    versions had.
    """
    return f"T#login#{key}"
