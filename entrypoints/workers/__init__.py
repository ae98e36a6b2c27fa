"""Serves with several worker processes, which gunicorn's arbiter starts, replaces and stops.

Each worker runs the server of ``http/server.py``, so the rules of connections, of requests and of
the stop are those of one process. Limits are divided by the workers.
"""
