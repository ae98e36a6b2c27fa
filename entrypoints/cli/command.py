"""What a command of the command line is."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    """A line of help, the declaration of arguments, and what to run.

    ``run`` takes the arguments and the environment, and returns the exit status.
    """

    help: str
    configure: Callable[[ArgumentParser], None]
    run: Callable[[Namespace, Mapping[str, str]], int]
