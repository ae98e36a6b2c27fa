"""What the operating system offers: the time and randomness."""
