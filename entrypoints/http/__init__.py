"""The HTTP interface: a Falcon application, and a server for it that builds on waitress."""
