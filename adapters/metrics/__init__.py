"""The metrics of the service, and of a cached session checker, for Prometheus."""
