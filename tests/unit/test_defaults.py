"""No default argument keeps a function of the clock: it would be the one of the import."""

import importlib
import random
import time
from collections.abc import Iterator
from datetime import datetime
from types import FunctionType, ModuleType

from support.repository.checkout import module_name, sources

WSGI = "cybershop_customer.entrypoints.http.wsgi"
LAMBDA = "cybershop_customer.entrypoints.aws_lambda.handler"
CAPTURED = {
    id(function): name
    for module in (time, random, datetime)
    for name, function in vars(module).items()
    if callable(function)
}


def functions(module: ModuleType) -> Iterator[FunctionType]:
    for owner in (module, *(it for it in vars(module).values() if issubclass(type(it), type))):
        for found in vars(owner).values():
            # By type, since isinstance() would wake Django's settings.
            wrapped = type(found) in (staticmethod, classmethod)
            function = found.__func__ if wrapped else found
            if type(function) is FunctionType and function.__module__ == module.__name__:
                yield function


def defaults(function: FunctionType) -> Iterator[object]:
    yield from function.__defaults__ or ()
    yield from (function.__kwdefaults__ or {}).values()


def test_time_and_randomness_are_looked_up_at_each_call() -> None:
    # These have no function, and their import reads the environment of a deployment.
    names = {module_name(path) for path in sources()} - {LAMBDA, WSGI}
    modules = [importlib.import_module(name) for name in sorted(names)]

    found = [
        f"{function.__module__}.{function.__qualname__}: {CAPTURED[id(default)]}"
        for module in modules
        for function in functions(module)
        for default in defaults(function)
        if id(default) in CAPTURED
    ]

    assert found == []
