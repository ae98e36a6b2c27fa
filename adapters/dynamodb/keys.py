"""The partition keys of the table ``customer``."""

from ...domain.login_attempt import LoginAttempt


def customer_key(customer_id: str) -> str:
    """Of a customer."""
    return f"C#{customer_id}"


def guard_key(email_key: str) -> str:
    """Of the guard that makes an e-mail address unique."""
    return f"E#{email_key}"


def login_attempts_key(attempt: LoginAttempt) -> str:
    """Of the counter that ``attempt`` is counted in.

    A counter lives for a day and carries no schema: one of another form takes another key.
    """
    return f"T#login#{attempt.key}#{window_end(attempt)}"


def window_end(attempt: LoginAttempt) -> int:
    """When the window of ``attempt`` ends, in seconds since the epoch."""
    return int(attempt.window_ends_at.timestamp())
