"""The former place of ``MemorySessionChecker``: now in ``entrypoints.testkit``."""

from importlib import import_module
from typing import Any


def __getattr__(name: str) -> Any:  # noqa: ANN401 (whatever has that name)
    # Looked up when a program of before asks for it (PEP 562): no adapter imports a way in.
    return getattr(import_module("...entrypoints.testkit.session_checker", __package__), name)
