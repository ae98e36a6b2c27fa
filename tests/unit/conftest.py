"""The fixture that the unit tests share."""

import pytest
from support.workbench import Workbench


@pytest.fixture
def bench() -> Workbench:
    return Workbench()
