"""A command of the command line, and its exit statuses."""

from argparse import Namespace
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from ...domain.errors import CustomerServiceError
from .parser import CommandParser

USAGE_ERROR: Final = 2
"""An argument or a setting is wrong; the command tried nothing."""
FAILURE: Final = 1
"""The command could not do what the user asked for."""


@dataclass(frozen=True, slots=True)
class Command:
    """A line of help, a function that declares the arguments, and the function to run.

    ``run`` takes the arguments and the environment, and returns the exit status.
    """

    help: str
    configure: Callable[[CommandParser], None]
    run: Callable[[Namespace, Mapping[str, str]], int]
    without_aws: str = (
        "For DynamoDB on this machine, set CUSTOMER_DYNAMODB_ENDPOINT=http://127.0.0.1:8000;"
        " it needs nothing of AWS."
    )
    """How to run without AWS; printed after a fault of the AWS region."""


class CommandFailedError(CustomerServiceError):
    """The command could not do what the user asked for; the message says why, and what to do."""
