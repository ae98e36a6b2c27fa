"""E-mail syntax by the library email-validator."""
