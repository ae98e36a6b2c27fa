"""A cache in front of another session checker."""
