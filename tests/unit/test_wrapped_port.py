"""A wrapped port passes each call on, to the method that the port has at that moment."""

from collections.abc import Callable

import pytest

from cybershop_customer.adapters.wrapped_port import Call, WrappedPort


class Port:
    schema = 3

    def find(self, name: str, *, strong: bool = False) -> tuple[str, bool]:
        return name, strong


@pytest.fixture
def calls() -> list[str]:
    return []


@pytest.fixture
def port() -> Port:
    return Port()


@pytest.fixture
def wrapped(port: Port, calls: list[str]) -> WrappedPort:
    def wrap(name: str, look_up: Callable[[], Call]) -> Call:
        def call(*arguments: object, **named: object) -> object:
            calls.append(name)
            return look_up()(*arguments, **named)

        return call

    return WrappedPort(port, wrap)


def test_a_call_has_its_arguments_and_its_result(wrapped: WrappedPort, calls: list[str]) -> None:
    assert wrapped.find("ann", strong=True) == ("ann", True)
    assert wrapped.find("ben") == ("ben", False)
    assert calls == ["find", "find"]


def test_a_method_that_is_replaced_later_is_the_one_that_is_called(
    wrapped: WrappedPort, port: Port, calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    wrapped.find("ann")
    monkeypatch.setattr(port, "find", lambda name: f"no {name}")

    assert wrapped.find("ann") == "no ann"
    assert calls == ["find", "find"]


def test_what_is_no_method_is_passed_as_it_is(wrapped: WrappedPort, calls: list[str]) -> None:
    assert wrapped.schema == 3
    with pytest.raises(AttributeError, match="missing"):
        _ = wrapped.missing
    assert calls == []
