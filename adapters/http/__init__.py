"""The ports of other services, answered by the customer service over HTTP."""
