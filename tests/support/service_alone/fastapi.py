"""Hides fastapi from a process of the service. dependency-injector loads it wherever it is installed."""

raise ImportError("the service runs without fastapi", name="fastapi")
