"""The password blocklist from the library zxcvbn."""
