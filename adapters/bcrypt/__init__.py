"""Password hashing with bcrypt."""
