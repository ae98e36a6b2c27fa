"""``cybershop-customer``: runs one of its commands."""

import errno
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Final

import click

from ...adapters.extras import requires_extra
from .command import COMPLETE_VARIABLE, FAILURE, INTERRUPTED, PROGRAM, USAGE_ERROR, CliGroup
from .usage import print_mistake, sentence

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

COMMANDS: Final = {
    "serve": ("serve", "serve customers and sessions over HTTP"),
    "role": ("role", "grant a customer a role, or revoke it"),
    "customers": (
        "customers",
        "add, show, find, list, update, delete, unlock, import and export customers",
    ),
    "sessions": ("sessions", "list and end the sessions of a customer"),
    "log": ("log", "read the audit log of a customer"),
    "export": ("export", "write everything that is held on one customer, as JSON"),
    "backup": ("backup", "write a copy of the SQLite file, while the service may serve"),
    "restore": (
        "restore",
        "put a backup in the place of the SQLite file, while no service runs",
    ),
    "copy": (
        "copy",
        "copy everything to another store, such as from sqlite to dynamodb, and verify it",
    ),
    "tables": ("tables", "create, check or delete the tables in DynamoDB, or the SQLite file"),
    "doctor": (
        "doctor",
        "examine the settings, mail and the store, which are DynamoDB's tables or the SQLite file",
    ),
    "config": ("config", "show each setting, its value, and where the value is from"),
    "cost": ("cost", "state what DynamoDB costs in a year under a given load"),
    "completion": ("completion", "print the script that completes commands in a shell"),
}
"""For each command, its module, which has it under the module's name, and its line of help."""

_DISK_ERRORS: Final = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO))

FORMER_NAMES: Final = {"import": ("customers", "import"), "unlock": ("customers", "unlock")}
"""What these commands are called now. Scripts may use the former names, and no help has them."""


class _Root(CliGroup):
    """The commands. A module is loaded when its command is used, since some are slow to load."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return [*COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in FORMER_NAMES:
            group, name = FORMER_NAMES[cmd_name]
            found = self.get_command(ctx, group)
            return found.get_command(ctx, name) if isinstance(found, click.Group) else None
        if cmd_name not in COMMANDS:
            return None
        module, summary = COMMANDS[cmd_name]
        with requires_extra("service"):
            listed: click.Command = getattr(import_module(f".{module}", __package__), module)
        listed.help = sentence(summary)
        return listed

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> "list[CompletionItem]":
        from click.shell_completion import CompletionItem  # noqa: PLC0415 (only a shell asks)

        names = [name for name in COMMANDS if name.startswith(incomplete)]
        return [
            *(CompletionItem(name, help=COMMANDS[name][1]) for name in names),
            *click.Command.shell_complete(self, ctx, incomplete),
        ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns its exit status: 0, ``FAILURE``, ``USAGE_ERROR``, or 130 after Ctrl-C.

    Raises:
        MissingExtraError: a package of the extra ``service`` is not installed.
    """
    try:
        try:
            return _run(sys.argv[1:] if arguments is None else arguments)
        finally:
            # BrokenPipeError is handled below. None is a closed standard output.
            if sys.stdout is not None:  # pyright: ignore[reportUnnecessaryComparison]
                sys.stdout.flush()
    except BrokenPipeError:
        # The reader of the output, such as `head`, has closed the pipe.
        _forget_output()
        return FAILURE
    except OSError as error:
        if error.errno not in _DISK_ERRORS:
            raise
        print(f"{PROGRAM}: cannot write the output: {error.strerror}", file=sys.stderr)
        _forget_output()
        return FAILURE
    except (KeyboardInterrupt, click.Abort):
        print(f"\n{PROGRAM}: interrupted", file=sys.stderr)
        return INTERRUPTED


def _forget_output() -> None:
    """Let what is not written yet go nowhere: at exit Python flushes it, and prints an error."""
    if sys.stdout is not None:  # pyright: ignore[reportUnnecessaryComparison]
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def make_root() -> CliGroup:
    """The command line."""
    root = _Root(
        kind="command",
        help="The customer service of Cybershop. Settings are CUSTOMER_* variables."
        f" Examples of a command are in its help: {PROGRAM} serve --help.",
    )
    root.other_names = {former: " ".join(words) for former, words in FORMER_NAMES.items()}
    return click.option(
        "--version",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_print_version,
        help="Show the version and exit.",
    )(root)


def _run(arguments: Sequence[str]) -> int:
    root = make_root()
    asked = os.environ.get(COMPLETE_VARIABLE)
    if asked:
        from click.shell_completion import shell_complete  # noqa: PLC0415 (only a shell asks)

        return shell_complete(root, {}, PROGRAM, COMPLETE_VARIABLE, asked)
    try:
        with root.make_context(PROGRAM, [*arguments]) as context:
            status: int = root.invoke(context)
            return status
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.UsageError as error:
        print_mistake(error, PROGRAM)
        return USAGE_ERROR


def _print_version(ctx: click.Context, _option: click.Parameter, asked: object) -> None:
    if asked and not ctx.resilient_parsing:
        from importlib.metadata import version  # noqa: PLC0415 (slow, and few ask)

        click.echo(f"{PROGRAM} {version('cybershop-customer')}")
        ctx.exit()
