"""Finds the containers in the product's source that can grow: they begin empty, or are caches."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from support.repository.checkout import ROOT, sources

_CONTAINERS: Final = frozenset(
    {
        "AgingItems",
        "Counter",
        "LifoQueue",
        "OrderedDict",
        "PriorityQueue",
        "Queue",
        "SimpleQueue",
        "Timeline",
        "WeakKeyDictionary",
        "WeakSet",
        "WeakValueDictionary",
        "defaultdict",
        "deque",
        "dict",
        "frozenset",
        "list",
        "set",
    }
)
_CACHES: Final = frozenset({"cache", "cached_property", "lru_cache"})


@dataclass(frozen=True, order=True)
class Container:
    """A name that holds a container, and the module that defines it."""

    module: str
    name: str


@cache
def containers() -> frozenset[Container]:
    """The containers of the package."""
    return frozenset(
        Container(path.as_posix(), name)
        for path in sources()
        for name in names_of_containers((ROOT / path).read_text(encoding="utf-8"))
    )


def names_of_containers(source: str) -> set[str]:
    """The names in one module: of attributes of ``self``, of its classes, and of the module."""
    tree = ast.parse(source)
    lasting = _globals(tree)
    return {name for node in ast.walk(tree) for name in _names(node, lasting)}


def _globals(tree: ast.Module) -> frozenset[ast.AST]:
    classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    return frozenset(child for scope in (tree, *classes) for child in scope.body)


def _names(node: ast.AST, lasting: frozenset[ast.AST]) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        # A cached_property is one value of its object.
        if any(_called(each) in _CACHES - {"cached_property"} for each in node.decorator_list):
            yield node.name
        return
    if isinstance(node, ast.Assign):
        targets, value = node.targets, node.value
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        targets, value = [node.target], node.value
    else:
        return
    if not _can_grow(value):
        return
    for target in targets:
        if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
            if target.value.id == "self":
                yield target.attr
        # A frozenset can grow where it is replaced, and a default of a class is not.
        elif isinstance(target, ast.Name) and node in lasting and _called(value) != "frozenset":
            yield target.id


def _can_grow(value: ast.expr) -> bool:
    if isinstance(value, ast.List):
        return not value.elts
    if isinstance(value, ast.Dict):
        return not value.keys
    if not isinstance(value, ast.Call):
        return False
    called = _called(value)
    if called == "field":
        return any(
            keyword.arg == "default_factory" and _called(keyword.value) in _CONTAINERS
            for keyword in value.keywords
        )
    if called in _CACHES or _called(value.func) in _CACHES:
        return True
    # With an argument it is a copy, except for a queue with a limit and the order of a timeline.
    is_new = not value.args or called in {"Timeline", "deque", "Queue", "defaultdict"}
    return called in _CONTAINERS and is_new


def _called(node: ast.expr) -> str:
    """The last part of the name of what is called: ``deque`` for ``collections.deque[T]()``."""
    if isinstance(node, ast.Call):
        return _called(node.func)
    if isinstance(node, ast.Subscript):
        return _called(node.value)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
