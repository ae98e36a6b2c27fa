"""Network addresses in text, and the sources that they belong to."""

import pytest

from cybershop_customer.domain.network_address import (
    parse_address,
    source_from_address,
    source_from_socket,
)


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("192.0.2.7:4711", "192.0.2.7"),
        ("192.0.2.7:_obfuscated", "192.0.2.7"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8:0:1:ffff::", "2001:db8:0:1::/64"),
        ("[2001:db8::1]", "2001:db8::/64"),
        ("[2001:DB8::1]:4711", "2001:db8::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("[::ffff:c000:207]:80", "192.0.2.7"),
    ],
)
def test_an_address_belongs_to_a_source(text: str, source: str) -> None:
    address = parse_address(text)

    assert address is not None
    assert source_from_address(address) == source


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0.0.0.0",
        "::",
        "::ffff:0.0.0.0",
        "unknown",
        "_hidden",
        "unix",
        "unix:",
        "proxy.example",
        "192.0.2.256",
        "192.0.2",
        "192.0.02.7",
        "0x7f.1",
        "3221225991",
        "192.0.2.7:",
        "192.0.2.7:123456",
        "192.0.2.7 ",
        "192.0.2.7\n",
        "192.0.2.0/24",
        "[2001:db8::1",
        "2001:db8::1]",
        "[[2001:db8::1]]",
        "[]",
        "2001:db8::g",
        "\u0661.0.2.7",
        "1" * 10_000,
        "[" + ":" * 10_000,
        "fe80::1%" + "x" * 100,
    ],
)
def test_other_text_is_no_address(text: str) -> None:
    assert parse_address(text) is None


def test_all_peers_without_an_address_are_one_source() -> None:
    assert source_from_address(None) == "unix"


@pytest.mark.parametrize(
    ("socket_address", "source"),
    [
        (("192.0.2.7", 4711), "192.0.2.7"),
        (("2001:db8::1", 4711, 0, 0), "2001:db8::/64"),
        (("fe80::1%eth0", 4711, 0, 2), "fe80::/64"),
        # A socket that listens on `::` sees clients of IPv4 so.
        (("::ffff:192.0.2.7", 4711, 0, 0), "192.0.2.7"),
    ],
)
def test_a_connection_has_a_source(socket_address: tuple[object, ...], source: str) -> None:
    assert source_from_socket(socket_address) == source
