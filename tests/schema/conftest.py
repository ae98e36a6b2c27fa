"""Tables with items of several versions of the service."""

import pytest
from support.dynamodb.databases import local_database
from support.dynamodb.old_tables import OldTables


@pytest.fixture
def old() -> OldTables:
    """Empty tables, to be filled from fixtures/."""
    return OldTables(local_database())
