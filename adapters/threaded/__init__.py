"""Runs costly work in a bounded number of threads of its own."""
