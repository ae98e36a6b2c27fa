"""Finds out what is wrong with a deployment's access to its tables, and how to fix it.

The doctor changes nothing. It makes only calls that the running service may make too, except for
the description of the tables. If that is refused, the doctor warns and goes on.
"""
