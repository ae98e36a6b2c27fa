"""Keeps a forked process apart from its parent. Every part with a socket or a lock uses this."""
