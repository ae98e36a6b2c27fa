"""What keeps a forked process apart from its parent: used by everything with a socket or a lock."""
