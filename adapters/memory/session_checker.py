"""The alias of ``MemorySessionChecker``, which moved to ``entrypoints.testkit``."""

from importlib import import_module
from typing import Any


def __getattr__(name: str) -> Any:  # noqa: ANN401 (any name)
    # Imported at first use (PEP 562), since no adapter may import an entrypoint.
    return getattr(import_module("...entrypoints.testkit.session_checker", __package__), name)
