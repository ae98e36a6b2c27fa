"""Marks a view that needs no session, for frameworks whose views are Python objects."""

from collections.abc import Callable, Mapping
from typing import Final, TypeVar

MARK: Final = "__cybershop_public__"

Marked = TypeVar("Marked", bound=Callable[..., object])


def mark_public(target: Marked) -> Marked:
    """Mark a function or a class, and return it."""
    setattr(target, MARK, True)
    return target


def is_marked(target: object) -> bool:
    """Whether ``target`` or its class is marked. A class does not inherit the mark of its base."""
    function: object = getattr(target, "__func__", target)
    attributes: Mapping[str, object] = getattr(function, "__dict__", {})
    return MARK in attributes or MARK in vars(type(function))
