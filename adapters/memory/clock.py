"""The former place of ``ManualClock``: now in ``entrypoints.testkit``."""

from importlib import import_module
from typing import Any


def __getattr__(name: str) -> Any:  # noqa: ANN401 (whatever has that name)
    # Looked up when a program of before asks for it (PEP 562): no adapter imports a way in.
    return getattr(import_module("...entrypoints.testkit.clock", __package__), name)
