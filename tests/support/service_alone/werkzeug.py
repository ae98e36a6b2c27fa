"""Hides werkzeug from a process of the service, as dependency-injector loads it if it can."""

raise ImportError("the service runs without werkzeug", name="werkzeug")
