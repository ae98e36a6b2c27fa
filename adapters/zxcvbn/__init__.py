"""Common passwords from the frequency lists of the library zxcvbn."""
