"""What a customer and a session are, and the use cases. Standard library only."""
