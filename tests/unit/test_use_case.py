"""Which methods are use cases, and so share a deadline."""

from inspect import getmembers, isfunction
from typing import get_type_hints

import pytest

from cybershop_customer.domain.use_case import UseCase, current_use_case, leave_use_case, use_cases
from cybershop_customer.entrypoints.services import Services

# One read and a write that is tried once; batches; a stream of pages; and ports.
WITHOUT = {"session_check", "customer_import", "exports", "session_feed", "probe"}
DECORATED = {
    name: service for name, service in get_type_hints(Services).items() if name not in WITHOUT
}


@pytest.mark.parametrize("service", DECORATED.values(), ids=DECORATED)
def test_every_public_method_of_a_service_is_a_use_case(service: type[object]) -> None:
    methods = getmembers(service, isfunction)
    public = {name: method for name, method in methods if not name.startswith("_")}

    assert public
    assert [name for name, method in public.items() if not hasattr(method, "__wrapped__")] == []


@use_cases
class Outer:
    def run(self) -> list[UseCase | None]:
        return [current_use_case(), *self.inner()]

    def inner(self) -> list[UseCase | None]:
        return [current_use_case()]

    def fail(self) -> None:
        raise ValueError

    def leave(self) -> UseCase | None:
        leave_use_case()
        return current_use_case()


def test_an_inner_method_belongs_to_the_use_case_of_its_caller() -> None:
    first, inner = Outer().run()

    assert first is inner is not None
    assert Outer().run()[0] is not first


def test_a_use_case_ends_with_an_error_too() -> None:
    with pytest.raises(ValueError):
        Outer().fail()

    assert current_use_case() is None


def test_a_coroutine_function_is_refused_because_it_runs_after_its_use_case() -> None:
    class Late:
        async def run(self) -> None: ...

    with pytest.raises(TypeError, match="run is a coroutine function"):
        use_cases(Late)


def test_a_thread_can_leave_it() -> None:
    assert Outer().leave() is None
    assert Outer().inner() != [None]
