"""The source of a request: its peer, or what a trusted proxy says."""

import logging
from time import process_time

import pytest

from cybershop_customer import SettingsError
from cybershop_customer.entrypoints.container import memory_container
from cybershop_customer.entrypoints.http.app import create_app
from cybershop_customer.entrypoints.http.client_source import ClientSource
from cybershop_customer.entrypoints.http.trusted_proxies import TrustedProxies

PROXY = "10.0.0.1"
OUTER_PROXY = "10.9.9.9"
CLIENT = "192.0.2.7"
FAKE = "198.51.100.1"


def source_of(
    peer: str | None = PROXY,
    *,
    forwarded: str | None = None,
    x_forwarded_for: str | None = None,
    trusted: str = "10.0.0.0/8, 2001:db8:aaaa::/48",
) -> str:
    headers = {
        "REMOTE_ADDR": peer,
        "HTTP_FORWARDED": forwarded,
        "HTTP_X_FORWARDED_FOR": x_forwarded_for,
    }
    environ = {name: value for name, value in headers.items() if value is not None}
    return ClientSource(TrustedProxies.parse(trusted)).find(environ)


def test_without_a_header_the_source_is_the_peer() -> None:
    assert source_of(CLIENT) == CLIENT
    assert source_of(PROXY) == PROXY
    assert source_of("2001:db8::5") == "2001:db8::/64"


@pytest.mark.parametrize("peer", [CLIENT, "11.0.0.1", "2001:db8:bbbb::1", "", None])
def test_an_untrusted_peer_does_not_choose_its_source(peer: str | None) -> None:
    plain = source_of(peer)

    assert source_of(peer, forwarded=f"for={FAKE}") == plain
    assert source_of(peer, x_forwarded_for=FAKE) == plain
    assert source_of(peer, forwarded=f"for={FAKE}", x_forwarded_for=FAKE) == plain


@pytest.mark.parametrize("peer", [PROXY, "::ffff:10.0.0.1", "2001:db8:aaaa::1"])
def test_a_trusted_proxy_names_the_client(peer: str) -> None:
    assert source_of(peer, forwarded=f"for={CLIENT}") == CLIENT
    assert source_of(peer, x_forwarded_for=CLIENT) == CLIENT


def test_a_client_of_ipv6_is_its_network() -> None:
    assert source_of(x_forwarded_for="2001:db8:1:2:3::4") == "2001:db8:1:2::/64"
    assert source_of(forwarded='for="[2001:db8:1:2:3::4]:80"') == "2001:db8:1:2::/64"
    assert source_of(x_forwarded_for="::ffff:192.0.2.7") == CLIENT


def test_only_the_word_unix_makes_a_peer_without_an_address_a_proxy() -> None:
    for peer in ("", None):
        assert source_of(peer, x_forwarded_for=CLIENT) == "unix"
        assert source_of(peer, x_forwarded_for=CLIENT, trusted="unix") == CLIENT
        assert source_of(peer, x_forwarded_for=f"{FAKE}, {CLIENT}", trusted="unix") == CLIENT
    assert source_of(PROXY, x_forwarded_for=CLIENT, trusted="unix") == PROXY


@pytest.mark.parametrize("left", ["", "x", FAKE, f"{FAKE}, ", f"{OUTER_PROXY}, ", '"', "for=", ","])
def test_what_stands_left_of_the_client_does_not_matter(left: str) -> None:
    assert source_of(x_forwarded_for=f"{left},{CLIENT}") == CLIENT
    assert source_of(forwarded=f"{left},for={CLIENT}") == CLIENT
    assert source_of(forwarded=f'for={FAKE};host="{left},for="{CLIENT}"') == CLIENT


def test_trusted_proxies_are_skipped_from_the_right() -> None:
    assert source_of(x_forwarded_for=f"{FAKE}, {CLIENT}, {OUTER_PROXY}") == CLIENT
    assert source_of(forwarded=f"for={FAKE}, for={CLIENT}, for={OUTER_PROXY}") == CLIENT


def test_if_all_are_trusted_the_source_is_the_furthest() -> None:
    assert source_of(x_forwarded_for=f"{OUTER_PROXY}, 10.0.0.2") == OUTER_PROXY


@pytest.mark.parametrize("node", ["unknown", "_hidden", '"_hidden:80"', "", '""', "10.0.0", "\xff"])
def test_a_client_without_an_address_ends_the_walk(node: str) -> None:
    assert source_of(forwarded=f"for={FAKE}, for={node}") == PROXY
    assert source_of(forwarded=f"for={FAKE}, for={node}, for={OUTER_PROXY}") == OUTER_PROXY
    assert source_of(x_forwarded_for=f"{FAKE}, {node}") == PROXY
    assert source_of(x_forwarded_for=f"{FAKE}, {node}, {OUTER_PROXY}") == OUTER_PROXY


@pytest.mark.parametrize(
    "element",
    [
        "by=10.0.0.3;proto=https",
        f"for={FAKE};for={FAKE}",
        f"for={FAKE} for={FAKE}",
        f"for ={FAKE}",
        f"for= {FAKE}",
        f"for={FAKE};;proto=http",
        f'for="{FAKE}',
        f'for={FAKE}"',
        r'for="198.51.100.\1"',
        f"for={FAKE};proto",
    ],
)
def test_an_element_that_breaks_rfc_7239_ends_the_walk(element: str) -> None:
    assert source_of(forwarded=element) == PROXY


@pytest.mark.parametrize(
    "element",
    [
        f"for={CLIENT}",
        f"For={CLIENT}",
        f'FOR="{CLIENT}"',
        f'for="{CLIENT}:4711"',
        f"for={CLIENT};",
        f"for={CLIENT}; proto=http; by=203.0.113.43",
        f'by="[2001:db8::9]";host="a,b;c";for={CLIENT}',
        f"\t for={CLIENT} ;secret=_a",
    ],
)
def test_an_element_may_have_each_form_of_rfc_7239(element: str) -> None:
    assert source_of(forwarded=element) == CLIENT


def test_if_the_two_headers_disagree_the_source_is_the_peer() -> None:
    assert source_of(forwarded=f"for={FAKE}", x_forwarded_for=CLIENT) == PROXY
    assert source_of(forwarded="for=unknown", x_forwarded_for=CLIENT) == PROXY
    assert source_of(forwarded=f"for={CLIENT}", x_forwarded_for=f"{FAKE}, {CLIENT}") == CLIENT


@pytest.mark.parametrize("blank", ["", " ", "\t"])
def test_a_blank_header_counts_as_none(blank: str) -> None:
    assert source_of(forwarded=blank, x_forwarded_for=CLIENT) == CLIENT
    assert source_of(forwarded=f"for={CLIENT}", x_forwarded_for=blank) == CLIENT
    assert source_of(forwarded=blank, x_forwarded_for=blank) == PROXY


@pytest.mark.parametrize("text", [",", '"', "for=1;", "10.0.0.1,", "for=10.0.0.1,", "a=", " "])
def test_a_long_header_is_read_in_linear_time(text: str) -> None:
    header = text * (60_000 // len(text))
    start = process_time()

    source_of(forwarded=header, x_forwarded_for=header)

    assert process_time() - start < 2


def test_many_different_headers_take_bounded_memory() -> None:
    source = ClientSource(TrustedProxies.parse("10.0.0.0/8"))
    for number in range(5000):
        address = f"192.0.{number // 250}.{number % 250}"
        source.find({"REMOTE_ADDR": PROXY, "HTTP_X_FORWARDED_FOR": address})
        source.find({"REMOTE_ADDR": address})

    for remembered in (source._find_peer, source._find_client):
        assert remembered.cache_info().currsize == 2048


class TestWarning:
    @pytest.fixture(autouse=True)
    def log(self, caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
        caplog.set_level(logging.WARNING, "cybershop_customer")
        return caplog

    def test_a_private_peer_that_forwards_is_pointed_out_once(
        self, log: pytest.LogCaptureFixture
    ) -> None:
        source = ClientSource(TrustedProxies())
        for _ in range(3):
            source.find({"REMOTE_ADDR": PROXY, "HTTP_X_FORWARDED_FOR": CLIENT})

        (line,) = log.messages
        assert line.startswith(f"{PROXY} sent Forwarded or X-Forwarded-For, but is not in CUSTOMER")
        assert CLIENT not in line

    @pytest.mark.parametrize("peer", [PROXY, "8.8.8.8"])
    def test_others_are_not(self, log: pytest.LogCaptureFixture, peer: str) -> None:
        source = ClientSource(TrustedProxies.parse("10.0.0.0/8"))
        source.find({"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": CLIENT})

        assert log.messages == []


def test_the_application_refuses_proxies_of_another_form() -> None:
    with pytest.raises(SettingsError, match="trusted_proxies must be networks"):
        create_app(memory_container().services(), trusted_proxies="proxy.example")


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("10.0.0.0/8,10.0.0.1/8", "; '10.0.0.1/8' is not one, did you mean 10.0.0.0/8?"),
        ("10.0.0.0/8,proxy.example", "; 'proxy.example' is not one"),
        ("x" * 99, f"; '{'x' * 50}' is not one"),
    ],
)
def test_the_error_names_the_network_that_is_wrong(text: str, end: str) -> None:
    with pytest.raises(ValueError, match="must be networks such as") as error:
        TrustedProxies.parse(text)

    assert str(error.value).endswith(end)
