"""Tables with items of several versions of the service."""

import pytest
from support.dynamodb.databases import local_database
from support.dynamodb.old_tables import Old


@pytest.fixture
def old() -> Old:
    """Empty tables, to be filled from fixtures/."""
    return Old(local_database())
