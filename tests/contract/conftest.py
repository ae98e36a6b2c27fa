"""One suite for the storage ports, run on every store of ``support.stores``."""

from collections.abc import Iterator

import pytest
from support.stores.registry import open_store, store_params

from cybershop_customer import Storage


@pytest.fixture
def storage(request: pytest.FixtureRequest) -> Iterator[Storage]:
    """A new, empty store of the kind under test."""
    with open_store(request.param) as storage:
        yield storage


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "race: several threads change the same thing at once")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "storage" in metafunc.fixturenames:
        racing = metafunc.definition.get_closest_marker("race") is not None
        metafunc.parametrize("storage", store_params(racing=racing), indirect=True)
