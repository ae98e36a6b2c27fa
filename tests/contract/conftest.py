"""One suite for the storage ports, run on every store of ``support.stores``."""

from collections.abc import Iterator

import pytest
from support.stores.registry import open_store, store_params

from cybershop_customer import Storage


@pytest.fixture(params=store_params())
def storage(request: pytest.FixtureRequest) -> Iterator[Storage]:
    """A new, empty store of the kind under test."""
    with open_store(request.param) as storage:
        yield storage
