"""What a command of the command line is."""

from argparse import Namespace
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from ...domain.errors import CustomerServiceError
from .parser import CommandParser

USAGE_ERROR: Final = 2
"""A command or a setting is wrong: nothing was tried."""
FAILURE: Final = 1
"""What was asked for could not be done."""


@dataclass(frozen=True, slots=True)
class Command:
    """A line of help, the declaration of arguments, and what to run.

    ``run`` takes the arguments and the environment, and returns the exit status.
    """

    help: str
    configure: Callable[[CommandParser], None]
    run: Callable[[Namespace, Mapping[str, str]], int]
    without_aws: str = (
        "For DynamoDB on this machine, set CUSTOMER_DYNAMODB_ENDPOINT=http://127.0.0.1:8000;"
        " it needs nothing of AWS."
    )
    """What else there is, for those who have nothing of AWS."""


class CommandFailedError(CustomerServiceError):
    """What was asked for could not be done; the message says why, and what to do."""
