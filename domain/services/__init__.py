"""The use cases. They know the ports, never an adapter."""
