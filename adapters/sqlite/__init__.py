"""One durable file: the store of a service on one machine."""
