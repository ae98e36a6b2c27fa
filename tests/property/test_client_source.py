"""No client chooses its source, whatever it sends."""

from hypothesis import given
from hypothesis import strategies as st

from cybershop_customer.domain.network_address import (
    parse_address,
    source_from_address,
)
from cybershop_customer.entrypoints.http.client_source import ClientSource
from cybershop_customer.entrypoints.http.trusted_proxies import TrustedProxies

PROXIES = TrustedProxies.parse("10.0.0.0/8, fd00::/8")
SOURCE = ClientSource(PROXIES)

addresses = st.ip_addresses().map(str).filter(parse_address)
"""Without the unspecified addresses, which no client has."""
proxies = st.ip_addresses(v=4, network="10.0.0.0/8").map(str)
clients = addresses.filter(lambda text: not PROXIES.include(parse_address(text)))
latin_1 = st.text(st.characters(max_codepoint=255))
"""A WSGI server passes each byte of a header as one character."""
pieces = st.sampled_from(
    [*'",;=\\ \t:[]_%', "for=", "For=", 'for="', "by=", "unknown", "_x", "unix", "10.0.0.1"]
)
headers = latin_1 | st.lists(pieces | addresses, max_size=12).map("".join)


def joined(sent: str | None, added: str) -> str:
    """The header after a proxy has added its client to what the client sent."""
    return added if sent is None else f"{sent}, {added}"


def forwarded(address: str) -> str:
    return f'for="[{address}]"' if ":" in address else f"for={address}"


def true_source(address: str) -> str:
    return source_from_address(parse_address(address))


def find(peer: str, header: str | None, x_header: str | None) -> str:
    environ = {"REMOTE_ADDR": peer}
    if header is not None:
        environ["HTTP_FORWARDED"] = header
    if x_header is not None:
        environ["HTTP_X_FORWARDED_FOR"] = x_header
    return SOURCE.find(environ)


@given(clients, st.none() | headers, st.none() | headers)
def test_an_untrusted_peer_is_the_source(
    client: str, header: str | None, x_header: str | None
) -> None:
    assert find(client, header, x_header) == true_source(client)


@given(clients, st.none() | headers, st.lists(proxies, min_size=1, max_size=3))
def test_behind_proxies_the_client_is_the_source(
    client: str, sent: str | None, chain: list[str]
) -> None:
    """The client's own proxy adds the client; each further one adds the proxy before it."""
    header, x_header = sent, sent
    for address in (client, *chain[:-1]):
        header = joined(header, forwarded(address))
        x_header = joined(x_header, address)

    assert find(chain[-1], header, None) == true_source(client)
    assert find(chain[-1], None, x_header) == true_source(client)
    assert find(chain[-1], header, x_header) == true_source(client)


@given(clients, headers, headers, proxies)
def test_the_header_that_the_proxy_leaves_alone_chooses_nothing(
    client: str, sent: str, x_sent: str, proxy: str
) -> None:
    """The source is the client or the proxy: nothing that the client wrote."""
    possible = {true_source(client), true_source(proxy)}

    assert find(proxy, sent, joined(x_sent, client)) in possible
    assert find(proxy, joined(sent, forwarded(client)), x_sent) in possible


@given(latin_1, headers, headers)
def test_nothing_raises(peer: str, header: str, x_header: str) -> None:
    """Whatever a server puts in REMOTE_ADDR, and whatever a trusted proxy writes."""
    trusting = ClientSource(TrustedProxies.parse("unix"))
    environ = {"REMOTE_ADDR": peer, "HTTP_FORWARDED": header, "HTTP_X_FORWARDED_FOR": x_header}

    source = trusting.find(environ)

    assert source == "unix" or parse_address(source.removesuffix("/64")) is not None
