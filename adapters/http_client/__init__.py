"""The session check and the session change feed of a customer service, read over HTTP."""
