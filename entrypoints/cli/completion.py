"""``cybershop-customer completion``: the script that completes commands in a shell."""

import click
from click.shell_completion import get_completion_class

from .command import COMPLETE_VARIABLE, PROGRAM, CliGroup, command


def _print_script(shell: str) -> None:
    found = get_completion_class(shell)
    if found is None:  # Click has these three.
        raise LookupError(shell)
    click.echo(found(click.Command(PROGRAM), {}, PROGRAM, COMPLETE_VARIABLE).source())


@command(
    only_prints=True,
    summary="print the script for bash 4.4 and later",
    examples=["cybershop-customer completion bash >>~/.bashrc"],
)
def _bash() -> None:
    """Print bash's script."""
    _print_script("bash")


@command(
    only_prints=True,
    summary="print the script for zsh",
    examples=["cybershop-customer completion zsh >>~/.zshrc"],
)
def _zsh() -> None:
    """Print zsh's script."""
    _print_script("zsh")


@command(
    only_prints=True,
    summary="print the script for fish",
    examples=[
        "cybershop-customer completion fish >~/.config/fish/completions/cybershop-customer.fish"
    ],
)
def _fish() -> None:
    """Print fish's script."""
    _print_script("fish")


completion = CliGroup(kind="shell").add({"bash": _bash, "zsh": _zsh, "fish": _fish})
