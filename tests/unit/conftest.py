"""The fixture that the unit tests share."""

import pytest
from support.services.workbench import Workbench


@pytest.fixture
def bench() -> Workbench:
    return Workbench()
