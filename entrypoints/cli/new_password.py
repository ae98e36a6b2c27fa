"""The password that an operator gives a customer."""

import sys
from typing import Final

import click

from .command import WrongCallError

password_stdin_option: Final = click.option(
    "--password-stdin",
    "from_stdin",
    is_flag=True,
    help="Read the password from the first line of the standard input.",
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
