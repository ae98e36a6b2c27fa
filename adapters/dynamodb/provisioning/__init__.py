"""Creates, checks, fixes and deletes the two tables. The running service has no right to do so."""
