"""The recipes of the gateways that CI cannot run: their form, and what they must say."""

from typing import Any, Final

import pytest
import yaml
from support.gateways.envoy_api import refusals_of_envoy
from support.gateways.gateway import PAGE

GATE: Final = "/api/v1/customer/session/authorize"
FORWARD_AUTH: Final = {"address", "authRequestHeaders", "authResponseHeadersRegex"}


@pytest.fixture
def envoy() -> Any:
    return yaml.safe_load(PAGE.blocks("yaml")[0])


@pytest.fixture
def traefik() -> Any:
    return yaml.safe_load(PAGE.blocks("yaml")[1])


def test_every_field_of_the_recipe_for_envoy_is_one_of_envoys(envoy: Any) -> None:
    assert refusals_of_envoy(envoy) == ""


def test_a_field_that_envoy_does_not_have_is_refused(envoy: Any) -> None:
    (listener,) = envoy["static_resources"]["listeners"]
    connection = listener["filter_chains"][0]["filters"][0]["typed_config"]
    connection["normalise_path"] = True

    assert 'no field named "normalise_path"' in refusals_of_envoy(envoy)


def test_envoy_removes_what_the_client_says_before_it_asks(envoy: Any) -> None:
    (chain,) = envoy["static_resources"]["listeners"][0]["filter_chains"]
    connection = chain["filters"][0]["typed_config"]
    filters = connection["http_filters"]
    removing, asking, routing = (it["typed_config"] for it in filters)

    removed = {it["remove"] for it in removing["mutations"]["request_mutations"]}
    assert removed == {"X-Customer-Id", "X-Customer-Roles", "X-Customer-Session-Expires"}
    assert asking["http_service"]["path_prefix"] == GATE
    assert asking["failure_mode_allow"] is False
    assert routing["@type"].endswith(".Router")
    protocol = connection["common_http_protocol_options"]
    assert protocol["headers_with_underscores_action"] == "REJECT_REQUEST"
    assert connection["normalize_path"] is True


def test_the_recipe_for_traefik_is_complete(traefik: Any) -> None:
    http = traefik["http"]
    addresses = []
    for router in http["routers"].values():
        assert router["service"] in http["services"]
        for name in router["middlewares"]:
            forward_auth = http["middlewares"][name]["forwardAuth"]
            assert set(forward_auth) == FORWARD_AUTH
            assert forward_auth["authResponseHeadersRegex"].startswith("(?i)^x[-_]customer")
            addresses.append(forward_auth["address"])
    assert [it.partition("30000")[2] for it in addresses] == [GATE, f"{GATE}?role=admin"]
