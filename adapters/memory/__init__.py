"""A store in this process's memory: for tests, for the demo. Gone when the process ends."""
