"""The e-mail syntax of the library email-validator."""
