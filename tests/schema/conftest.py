"""Tables with items of several versions of the service."""

import pytest
from support.dynamodb_stores import local_database
from support.old_tables import Old


@pytest.fixture
def old() -> Old:
    """Empty tables, to be filled from fixtures/."""
    return Old(local_database())
