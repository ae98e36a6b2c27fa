"""The partition keys of the table ``customer``."""

from ...domain.login_attempt import LoginAttempt


def customer_key(customer_id: str) -> str:
    """The key of a customer."""
    return f"C#{customer_id}"


def guard_key(email_key: str) -> str:
    """The key of the guard item that reserves an email key."""
    return f"E#{email_key}"


def login_attempts_key(attempt: LoginAttempt) -> str:
    """The key of the counter that ``attempt`` charges.

    A counter has no schema version. If its form changes, it needs another key.
    """
    return f"T#login#{attempt.key}#{window_end(attempt)}"


def window_end(attempt: LoginAttempt) -> int:
    """The end of the window of ``attempt``, in seconds since the epoch."""
    return int(attempt.window_ends_at.timestamp())
