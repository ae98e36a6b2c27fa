"""A command of the command line, a group of commands, and their exit statuses."""

import sys
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final

import click

from ...domain.errors import CustomerServiceError, InvalidInputError, SettingsError
from .usage import alternatives, collect_usage, sentence, write_examples, write_usage
from .words import values_last

SUCCESS: Final = 0
"""The command did what the user asked for."""
FAILURE: Final = 1
"""The call is right, and the operation was refused or failed."""
USAGE_ERROR: Final = 2
"""The call is wrong: an argument, a setting, or what is typed or piped in. Nothing was done."""
INTERRUPTED: Final = 130
"""Ctrl-C ended the command. A shell gives such a program this status."""

PROGRAM: Final = "cybershop-customer"
COMPLETE_VARIABLE: Final = "_CYBERSHOP_CUSTOMER_COMPLETE"
"""The script of a shell sets it, to ask for completions."""

_WITHOUT_AWS: Final = (
    "Without AWS: CUSTOMER_STORAGE=sqlite uses the file that CUSTOMER_SQLITE_PATH names,"
    " and CUSTOMER_DYNAMODB_ENDPOINT=http://127.0.0.1:8000 uses DynamoDB Local."
)
ONLY_DYNAMODB_LOCAL: Final = (
    "Without AWS: CUSTOMER_DYNAMODB_ENDPOINT=http://127.0.0.1:8000 uses DynamoDB Local."
)
"""The ``without_aws`` of a command that needs DynamoDB."""
_CONTEXT: Final = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class CommandFailedError(CustomerServiceError):
    """The command could not do what the user asked for; the message says why, and what to do."""


class WrongCallError(CommandFailedError):
    """The call is wrong, so the command tried nothing; the message says what to call instead."""


_WRONG_CALLS: Final = (WrongCallError, InvalidInputError)
"""What is wrong with the call. Another error is what the operation refused."""


class CliCommand(click.Command):
    """A command that explains its errors, and shows examples in its help.

    Its function returns the exit status; None is ``SUCCESS``.

    Args:
        examples: whole command lines, for the help.
        without_aws: how to run without AWS; printed after a fault of the AWS region.
        only_prints: whether all that the command does is to print, so that it refuses to run
            without a standard output.
        more: the arguments of ``click.Command``.
    """

    def __init__(
        self,
        *,
        examples: Sequence[str],
        without_aws: str = _WITHOUT_AWS,
        only_prints: bool = False,
        **more: Any,  # noqa: ANN401 (of click)
    ) -> None:
        super().__init__(context_settings=_CONTEXT, **more)
        self.examples = examples
        self.only_prints = only_prints
        self._without_aws = without_aws

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """Every option and argument, as in a manual page."""
        return collect_usage(self, ctx)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the line of usage."""
        write_usage(self, ctx, formatter)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples."""
        super().format_epilog(ctx, formatter)
        write_examples(self.examples, formatter)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments. An error names an argument that is one too many."""
        ctx.allow_extra_args = True
        try:
            rest = super().parse_args(ctx, values_last(args, self.get_params(ctx)))
        except click.UsageError as error:
            error.ctx = error.ctx or ctx
            raise
        if rest and not ctx.resilient_parsing:
            ctx.fail(f"unknown: {' '.join(rest)}")
        return rest

    def invoke(self, ctx: click.Context) -> int:
        """Run the command. Returns its exit status."""
        # None is a closed standard output.
        if self.only_prints and sys.stdout is None:  # pyright: ignore[reportUnnecessaryComparison]
            print(f"{PROGRAM}: the standard output is closed", file=sys.stderr)
            return FAILURE
        try:
            status: int | None = super().invoke(ctx)
        except SettingsError as error:
            self._print_faults(error)
            return USAGE_ERROR
        except CustomerServiceError as error:
            print(f"{PROGRAM}: {error}", file=sys.stderr)
            return USAGE_ERROR if isinstance(error, _WRONG_CALLS) else FAILURE
        return status or SUCCESS

    def _print_faults(self, error: SettingsError) -> None:
        print("The settings are wrong:", file=sys.stderr)
        for fault in error.faults:
            print(f"  {fault}", file=sys.stderr)
        if any(fault.field == "AWS_DEFAULT_REGION" for fault in error.faults):
            print(self._without_aws, file=sys.stderr)


class CliGroup(click.Group):
    """Words of which the user must give one next. A misspelt one is explained.

    Args:
        kind: what the words are.
        more: the arguments of ``click.Group``.
    """

    def __init__(
        self,
        *,
        kind: str = "action",
        **more: Any,  # noqa: ANN401 (of click)
    ) -> None:
        super().__init__(
            context_settings=_CONTEXT,
            no_args_is_help=False,
            subcommand_metavar=f"{kind.upper()} ...",
            **more,
        )
        self._kind = kind
        self.other_names: Mapping[str, str] = {}
        """Words that are not listed, each with what the user has to call."""

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """The options, and then the word."""
        return [*collect_usage(self, ctx), self.subcommand_metavar]

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the line of usage."""
        write_usage(self, ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each word with its line of help, which Click would cut."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, each.help or "") for name, each in self.commands.items()])

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The words, in the order of their declaration."""
        del ctx
        return [*self.commands]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the options. An error says that the word is missing."""
        super().parse_args(ctx, args)
        if not args and not ctx.resilient_parsing:
            ctx.fail(f"choose {alternatives(self.list_commands(ctx))}")
        return ctx.args

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the first of ``args`` names, and the other ones."""
        names = self.list_commands(ctx)
        if not ctx.resilient_parsing and self.get_command(ctx, args[0]) is None:
            known = {**{name: name for name in names}, **self.other_names}
            close = get_close_matches(args[0], [*known], n=1)
            meant = f" Did you mean {known[close[0]]}?" if close else ""
            ctx.fail(f"{args[0]} is no {self._kind}: choose {alternatives(names)}.{meant}")
        return super().resolve_command(ctx, args)

    def add(self, actions: Mapping[str, click.Command]) -> "CliGroup":
        """Add commands under these words. Returns this group."""
        for name, action in actions.items():
            self.add_command(action, name)
        return self


def command(
    *,
    summary: str = "",
    examples: Sequence[str],
    epilog: str | None = None,
    without_aws: str = _WITHOUT_AWS,
    only_prints: bool = False,
) -> Callable[[Callable[..., int | None]], CliCommand]:
    """Make a command of a function that has click's decorators for options and arguments.

    Args:
        summary: a line of help; what ``main`` lists has its line there.
        examples: see ``CliCommand``.
        epilog: a sentence that names the command for what a user may mean instead.
        without_aws: see ``CliCommand``.
        only_prints: see ``CliCommand``.
    """

    def decorate(function: Callable[..., int | None]) -> CliCommand:
        make = click.command(
            cls=CliCommand,
            help=sentence(summary),
            examples=examples,
            epilog=epilog,
            without_aws=without_aws,
            only_prints=only_prints,
        )
        return make(function)

    return decorate
