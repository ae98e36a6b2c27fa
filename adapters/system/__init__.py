"""The clock and the random numbers of the operating system."""
