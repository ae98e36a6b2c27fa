"""Runs the tests of the cache on the cache for threads and on the one for asyncio."""

import pytest
from support.services.cache_harness import CacheHarness


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a module with ``WAYS`` on each of them; other modules with threads only."""
    metafunc.parametrize("_way", getattr(metafunc.module, "WAYS", ["threads"]), indirect=True)


@pytest.fixture(autouse=True)
def _way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kind of the checker in each CacheHarness."""
    monkeypatch.setattr(CacheHarness, "way", request.param)
