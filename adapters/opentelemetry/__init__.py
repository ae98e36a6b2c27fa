"""Spans by OpenTelemetry, if ``CUSTOMER_TRACES`` is true. Nothing else loads this package.

The attributes are those of the semantic conventions for HTTP servers and databases. None has a
value that a caller sent, such as a path, an id, an address or a message.
"""
