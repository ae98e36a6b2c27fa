"""A store in the memory of this process, for tests and the demo. It ends with the process."""
