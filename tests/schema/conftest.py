"""Tables with items of several versions of the service."""

import pytest
from support.dynamodb_stores import local_database
from support.old_tables import Old


@pytest.fixture
def old() -> Old:
    """Empty tables. A test stores items of fixtures/ in them."""
    return Old(local_database())
