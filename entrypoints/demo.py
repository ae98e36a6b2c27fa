"""The sample customers of the demo; the sample messages of api.mak name them."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from dependency_injector import providers

from ..domain.errors import CustomerExistsError, EmailTakenError, InvalidInputError
from .container import Container

SAMPLES: Final[tuple[Mapping[str, Any], ...]] = (
    # `make -f api.mak ucustomer` updates this customer, and `dcustomer` deletes it.
    {
        "customer_id": "567dce7f-b7b4-4efd-b75e-2b98592abe6d",
        "email": "allen@starlabs.com",
        "password": "flash",
        "fname": "Allen",
        "lname": "Barry",
        "address1": "Earth 1",
        "address2": "Earth-Prime",
    },
    # `apilogin` logs this customer in, and `apilogoff` logs it out.
    {
        "customer_id": "567dce7f-b7b4-4efd-b75e-2b98592a56mdsf",
        "email": "iris_west@starlabs.com",
        "password": "abcdefghisdsa8664654646",
        "fname": "Iris",
        "lname": "West",
    },
)


def add_samples(container: Container) -> None:
    """Add the samples whose ids and addresses are free, and whose passwords the rules allow.

    Their addresses need no proof, whatever the settings say: they are no addresses of the person
    who tries the demo, so no mail is sent to them.
    """
    settings = replace(container.settings(), email_verification="off", check_admin_password=False)
    customers = Container(
        settings=providers.Object(settings),
        clock=container.clock,
        hashing_lane=container.hashing_lane,
        storage=container.storage,
    ).customers()
    for sample in SAMPLES:
        with suppress(CustomerExistsError, EmailTakenError, InvalidInputError):
            customers.add_customer(**sample)
