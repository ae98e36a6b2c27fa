"""The command line: ``cybershop-customer``."""
