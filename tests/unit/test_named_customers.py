"""A use case names one customer, by the id or by the address."""

import pytest
from support.services.workbench import PASSWORD, Workbench

from cybershop_customer import FieldFault, InvalidInputError

NO_TEXT = FieldFault("customer_id", "must be text")


def test_a_name_of_which_the_caller_found_a_fault_is_not_called_missing(bench: Workbench) -> None:
    with pytest.raises(InvalidInputError) as caught:
        bench.sessions.login(password=PASSWORD, found=[NO_TEXT])

    assert [*caught.value.faults] == [NO_TEXT]


def test_no_name_is_a_fault(bench: Workbench) -> None:
    with pytest.raises(InvalidInputError) as caught:
        bench.sessions.login(password=PASSWORD)

    assert [fault.field for fault in caught.value.faults] == ["customer_id"]
