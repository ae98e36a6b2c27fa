"""The ports, made of particular technologies: one folder for each."""
