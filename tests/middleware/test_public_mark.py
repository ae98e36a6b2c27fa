"""Which targets count as marked public."""

from functools import partial, wraps

import pytest

from cybershop_customer.entrypoints.middleware.public_mark import is_marked, mark_public


@mark_public
def view() -> None: ...


@wraps(view)
def decorated() -> None: ...


@mark_public
class Callable:
    def __call__(self) -> None: ...


class Subclass(Callable): ...


class Resource:
    @mark_public
    def open(self) -> None: ...

    def closed(self) -> None: ...


@pytest.mark.parametrize("target", [view, decorated, Callable(), Resource().open])
def test_a_marked_target_is_public(target: object) -> None:
    assert is_marked(target)


@pytest.mark.parametrize(
    "target", [Subclass(), Resource().closed, Resource(), partial(view), None, len, object()]
)
def test_a_target_without_its_own_mark_is_not_public(target: object) -> None:
    assert not is_marked(target)
