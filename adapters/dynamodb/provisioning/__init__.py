"""Creates, checks, fixes and deletes the two tables. The running service never does, nor may it."""
