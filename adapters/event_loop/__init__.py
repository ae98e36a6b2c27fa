"""Keeps event loops apart. Every part with a connection or a task of asyncio uses this."""
