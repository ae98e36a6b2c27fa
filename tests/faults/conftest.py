"""DynamoDB Local behind a proxy that misbehaves."""

from collections.abc import Iterator

import pytest
from support.faults.harness import FaultyEndpoint, FaultyStore, faulty_endpoint


@pytest.fixture(scope="session", params=["direct", "botocore"])
def endpoint(request: pytest.FixtureRequest) -> Iterator[FaultyEndpoint]:
    """The endpoint, asked by each client in turn."""
    with faulty_endpoint(direct=request.param == "direct") as endpoint:
        yield endpoint


@pytest.fixture
def faulty(endpoint: FaultyEndpoint) -> FaultyStore:
    """New, empty tables behind a proxy, which does no harm until it gets another script."""
    return endpoint.new_store()
