"""The ways in: the library's container, HTTP, and the command line."""
