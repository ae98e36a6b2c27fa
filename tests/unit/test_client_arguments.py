"""What a client checks before it asks the service anything."""

from typing import Any

import pytest

from cybershop_customer import CustomerNotFoundError, InvalidInputError
from cybershop_customer.domain.client_arguments import (
    parse_source,
    require_origin,
    require_target,
    require_version,
    shown_user_agent,
)


def faulty_fields(refusal: pytest.ExceptionInfo[InvalidInputError]) -> list[str]:
    return [fault.field for fault in refusal.value.faults]


@pytest.mark.parametrize("source", ["203.0.113.7", "2001:db8::7", "2001:db8::/64", None])
@pytest.mark.parametrize("user_agent", ["Shop/1.0 (Ä)", "tab\there", "", None])
def test_an_origin_that_fits_a_header_passes(source: str | None, user_agent: str | None) -> None:
    require_origin(source, user_agent)


@pytest.mark.parametrize("source", ["", "shop.example", "203.0.113.7/64", "203.0.113.7, ::1", 7])
def test_a_source_that_is_no_address_is_refused(source: Any) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        require_origin(source)

    assert faulty_fields(refusal) == ["source"]


@pytest.mark.parametrize("user_agent", ["a\r\nHost: b", "a\x00", "\u0416", b"Shop", 7])
def test_a_user_agent_that_fits_no_header_is_refused(user_agent: Any) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        require_origin("nowhere", user_agent)

    assert faulty_fields(refusal) == ["source", "user_agent"]


def test_a_network_of_64_bits_stands_for_its_addresses() -> None:
    assert parse_source("2001:db8::/64") == parse_source("2001:db8::")
    assert parse_source("2001:db8::/48") is None


def test_a_long_user_agent_is_cut() -> None:
    assert shown_user_agent("a" * 201) == "a" * 200


@pytest.mark.parametrize("version", [None, 1, 2**53 - 1])
def test_a_version_passes(version: int | None) -> None:
    require_version(version)


@pytest.mark.parametrize("version", [0, -1, 2**53, True, 1.0, "1"])
def test_what_can_be_no_version_is_refused(version: Any) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        require_target("ann", version)

    assert faulty_fields(refusal) == ["if_version"]


@pytest.mark.parametrize("customer_id", ["me", "Session", "..", "."])
def test_a_word_of_a_path_is_no_customer(customer_id: str) -> None:
    with pytest.raises(CustomerNotFoundError):
        require_target(customer_id)


@pytest.mark.parametrize("customer_id", ["", "a/b", "a b"])
def test_a_target_that_is_no_id_is_refused(customer_id: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        require_target(customer_id)

    assert faulty_fields(refusal) == ["customer_id"]


def test_every_other_customer_is_a_target() -> None:
    require_target("ann", 1)
