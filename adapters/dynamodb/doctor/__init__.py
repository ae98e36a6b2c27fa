"""Finds out what keeps a deployment from its tables, and how to mend it.

Changes nothing. Every call is one that the running service may make, save those that describe
the tables, whose refusal is but a warning.
"""
