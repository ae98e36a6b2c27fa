"""The answers of another session checker, remembered for a bounded time."""
