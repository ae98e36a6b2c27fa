"""Ports of other services, answered in this very process by the use cases themselves."""
