"""A budget of failed logins that is used up."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class LoginName(StrEnum):
    """What failed logins are counted for."""

    CUSTOMER_ID = "customer_id"
    EMAIL = "email"
    DEVICE = "device"
    """A device on which the customer has logged in before. Its failures count apart."""


@dataclass(frozen=True, slots=True)
class Lockout:
    """Logins by ``name`` are refused, even with the right password, until ``until``."""

    name: LoginName
    until: datetime
    """From then on one more attempt is admitted. Refused attempts do not move it."""
