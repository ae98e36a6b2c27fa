"""The session check and its feed over HTTP: what asks a customer service from elsewhere."""
