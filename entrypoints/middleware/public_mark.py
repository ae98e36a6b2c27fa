"""The mark of what needs no session, for frameworks whose views are Python objects."""

from collections.abc import Callable, Mapping
from typing import Final, TypeVar

MARK: Final = "__cybershop_public__"

Marked = TypeVar("Marked", bound=Callable[..., object])


def mark_public(target: Marked) -> Marked:
    """Mark a function or a class."""
    setattr(target, MARK, True)
    return target


def is_marked(target: object) -> bool:
    """Whether ``target`` itself is marked, or the class that it is an instance of.

    A class does not inherit the mark of its base class.
    """
    own: object = getattr(target, "__func__", target)
    attributes: Mapping[str, object] = getattr(own, "__dict__", {})
    return MARK in attributes or MARK in vars(type(own))
