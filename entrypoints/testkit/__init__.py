"""For the tests of other services: pytest fixtures, and the contract of a session checker."""
