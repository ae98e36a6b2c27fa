"""What a command of the command line is."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

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
    configure: Callable[[ArgumentParser], None]
    run: Callable[[Namespace, Mapping[str, str]], int]
