"""The test kit for other services: pytest fixtures, and the contract of a session checker."""
