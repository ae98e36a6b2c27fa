"""The password that an operator gives a customer."""

import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

from .command import WrongCallError

_F = TypeVar("_F", bound=Callable[..., Any])


def password_options(asking: str) -> Callable[[_F], _F]:
    """The options ``--password`` and ``--password-stdin``, which are the same in each command.

    Args:
        asking: the help of ``--password``.
    """
    password = click.option("--password", "asks", is_flag=True, help=asking)
    stdin = click.option(
        "--password-stdin",
        "from_stdin",
        is_flag=True,
        help="Read the password from the first line of the standard input.",
    )
    return lambda function: password(stdin(function))


def require_one_way(*, asks: bool, from_stdin: bool) -> None:
    """Raise click.UsageError if both options are given."""
    if asks and from_stdin:
        raise click.UsageError(
            "--password asks and --password-stdin reads: leave one out",
            click.get_current_context(),
        )


def read_new_password(*, from_stdin: bool) -> str:
    """A password from the standard input, or typed twice at the terminal without being shown.

    There is no option for it: the arguments of a program are shown to every user of the machine.

    Raises:
        WrongCallError: there is neither, or the standard input is empty.
    """
    # None is a closed standard input.
    if sys.stdin is None:  # pyright: ignore[reportUnnecessaryComparison]
        raise WrongCallError("the standard input is closed. Give the password there")
    if from_stdin:
        password = sys.stdin.readline().removesuffix("\n").removesuffix("\r")
        if not password:
            raise WrongCallError(
                "the standard input is empty. Its first line has to be the password"
            )
        return password
    if not sys.stdin.isatty():
        raise WrongCallError(
            "there is no terminal to ask for the password on. Give it on the standard input, with"
            " --password-stdin"
        )
    typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return typed
