"""Implements the ports of other services with the use cases, in the same process."""
