"""What the product's code logs: logger, level and message of each call, as the sources have it."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from support.repository.checkout import ROOT, sources

_LEVELS: Final = {
    "debug": "DEBUG",
    "info": "INFO",
    "warning": "WARNING",
    "error": "ERROR",
    "exception": "ERROR",
    "critical": "CRITICAL",
}
_WITH_LEVEL: Final = ("log", "log_failure")
"""The level is their first argument."""
_LOGGERS: Final = ("LOGGER", "self._log")
_PLACEHOLDER: Final = re.compile(r"%(?:\.\d+)?[a-z]")


@dataclass(frozen=True, slots=True, order=True)
class LogCall:
    """One event of the log."""

    logger: str
    level: str
    message: str
    """Each part that differs from line to line is ``…``."""


@cache
def log_calls() -> frozenset[LogCall]:
    """Every event that the product's code logs."""
    return frozenset(call for path in sources() for call in _calls_in(ROOT / path))


def _calls_in(path: Path) -> Iterator[LogCall]:
    tree = ast.parse(path.read_text("utf-8"))
    logger = _logger_name(path, tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if ast.unparse(node.func.value) not in _LOGGERS:
            continue
        method = node.func.attr
        if method in _LEVELS:
            yield LogCall(logger, _LEVELS[method], _message(node.args))
        elif method == "makeRecord":
            yield LogCall(logger, "varies", _message(node.args))
        elif method in _WITH_LEVEL and ast.unparse(node.func) != "self._log.log":
            level = ast.unparse(node.args[0]).rpartition(".")[2]
            message = _message(node.args[1:])
            if level.isupper():
                yield LogCall(logger, level, message)
            elif message != "…":  # Otherwise it passes on what its caller logs.
                yield LogCall(logger, "varies", message)


def _logger_name(path: Path, tree: ast.Module) -> str:
    """The name of the module's logger; the store's, for a module that logs through OutageLog."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and "LOGGER" in {alias.name for alias in node.names}:
            assert node.module
            folder = path.parents[node.level - 1]
            owner = folder.joinpath(*node.module.split(".")).with_suffix(".py")
            return _logger_name(owner, ast.parse(owner.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "logging.getLogger":
            name = node.args[0]
            if isinstance(name, ast.Constant) and str(name.value).startswith("cybershop_customer"):
                return str(name.value)
    return "cybershop_customer.store"


def _message(arguments: list[ast.expr]) -> str:
    """The text of the first argument that is one, with ``…`` for what is filled in."""
    for argument in arguments:
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            return _PLACEHOLDER.sub("…", argument.value)
    return "…"
