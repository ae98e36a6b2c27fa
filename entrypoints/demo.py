"""The sample customers of the demo: those that the shop's own sample messages speak of."""

from contextlib import suppress
from typing import Any, Final

from ..domain.errors import CustomerExistsError, EmailTakenError, InvalidInputError
from ..domain.services.customer_service import CustomerService

SAMPLES: Final[tuple[dict[str, Any], ...]] = (
    # The one that `make -f api.mak ucustomer` updates and `dcustomer` deletes.
    {
        "customer_id": "567dce7f-b7b4-4efd-b75e-2b98592abe6d",
        "email": "allen@starlabs.com",
        "password": "flash",
        "fname": "Allen",
        "lname": "Barry",
        "address1": "Earth 1",
        "address2": "Earth-Prime",
    },
    # The one that `apilogin` and `apilogoff` log in and out.
    {
        "customer_id": "567dce7f-b7b4-4efd-b75e-2b98592a56mdsf",
        "email": "iris_west@starlabs.com",
        "password": "abcdefghisdsa8664654646",
        "fname": "Iris",
        "lname": "West",
    },
)


def add_samples(customers: CustomerService) -> None:
    """Add the samples whose ids and addresses are free, and whose passwords the rules allow."""
    for sample in SAMPLES:
        with suppress(CustomerExistsError, EmailTakenError, InvalidInputError):
            customers.add_customer(**sample)
