"""The partition keys of the table ``customer``."""


def customer_key(customer_id: str) -> str:
    """The key of a customer."""
    return f"C#{customer_id}"


def guard_key(email_key: str) -> str:
    """The key of the guard item that reserves an email key."""
    return f"E#{email_key}"


def login_budget_key(key: str) -> str:
    """Of the budget of login attempts that ``domain.attempt.attempt_key`` names.

    A budget carries no schema. One of another form takes another key, as those did that earlier
    versions of the service counted by window.
    """
    return f"T#login#{key}"
