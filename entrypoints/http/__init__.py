"""The HTTP interface: a Falcon application, and waitress to serve it."""
