"""Adds the sample customers of the demo."""

from contextlib import suppress
from dataclasses import replace

from dependency_injector import providers

from ..domain.errors import CustomerExistsError, EmailTakenError, InvalidInputError
from .container import Container
from .demo_samples import SAMPLES


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
