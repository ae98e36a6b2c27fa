"""The pairs of ``CUSTOMER_INTROSPECTION_TOKENS``: which service sends which secret."""

from secrets import token_hex
from typing import Any, Final

import pytest

from cybershop_customer.domain.introspection_tokens import (
    introspection_tokens_fault,
    split_introspection_tokens,
)

ONE: Final = "0123456789abcdef0123456789ABCDEF"
BAD: Final = "must have a good secret in each pair; this one"
OTHER: Final = "b+C/9.~_-d0123456789abcdefghijklmnop=="


def pairs_of(value: Any) -> list[tuple[str, str]]:
    return [(pair.name, pair.secret) for pair in split_introspection_tokens(value)]


@pytest.mark.parametrize(
    "value",
    [
        f"orders={ONE},orders={OTHER}",
        f" orders = {ONE} , orders={OTHER} ",
        [f"orders={ONE}", f"orders={OTHER}"],
    ],
)
def test_a_service_may_have_several_secrets(value: Any) -> None:
    assert introspection_tokens_fault(value) is None
    assert pairs_of(value) == [("orders", ONE), ("orders", OTHER)]


@pytest.mark.parametrize("name", ["a", "Shop-1.orders_v2~", "x" * 31])
def test_a_name_is_a_short_word(name: str) -> None:
    assert introspection_tokens_fault(f"{name}={token_hex(16)}") is None


@pytest.mark.parametrize(
    ("value", "rule", "number"),
    [
        ("", "must have pairs name=secret with commas between them", "1 of 1"),
        (ONE, "must have pairs", "1 of 1"),
        (f"orders={OTHER},{ONE}", "must have pairs", "2 of 2"),
        (f"={ONE}", "must have pairs", "1 of 1"),
        (f"a:b={ONE}", "must have pairs", "1 of 1"),
        (f"ä={ONE}", "must have pairs", "1 of 1"),
        (f"{ONE}={ONE[::-1]}", "must have pairs", "1 of 1"),
        (f"orders={OTHER},", "must have pairs", "2 of 2"),
        (f"orders={OTHER},a={ONE[:31]}", f"{BAD} must have 32 to", "2 of 2"),
        (f"a={'xyz' * 12}", f"{BAD} must be random", "1 of 1"),
        (f"a={ONE},b={OTHER},c={ONE}", "must have each secret once", "3 of 3"),
        (f"a={ONE},a={ONE}", "must have each secret once", "2 of 2"),
        ([], "must have a pair name=secret", ""),
    ],
)
def test_a_fault_has_the_rule_and_the_pair_but_no_secret(
    value: Any, rule: str, number: str
) -> None:
    fault = introspection_tokens_fault(value)

    assert fault is not None
    assert fault.startswith(rule)
    assert f"(pair {number})" in fault or not number
    for secret in (ONE[:31], OTHER, "xyz"):
        assert secret not in fault


def test_a_secret_is_not_shown() -> None:
    assert ONE not in repr(split_introspection_tokens(f"orders={ONE}"))
