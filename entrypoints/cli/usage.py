"""The line of usage and the examples of a help, and the explanation of a mistake."""

import sys
from collections.abc import Sequence

import click


def alternatives(names: Sequence[str]) -> str:
    """``names`` as a choice."""
    return f"{', '.join(names[:-1])} or {names[-1]}"


def sentence(text: str) -> str:
    """``text`` with a capital letter and a full stop."""
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def collect_usage(shown: click.Command, ctx: click.Context) -> list[str]:
    """Every option of ``shown``, that for help first, and every argument."""
    options: list[str] = []
    arguments: list[str] = []
    for param in shown.get_params(ctx):
        if isinstance(param, click.Option):
            options.append(_option_usage(param, ctx))
        else:
            arguments.extend(param.get_usage_pieces(ctx))
    return [options.pop(), *options, *arguments]


def write_usage(shown: click.Command, ctx: click.Context, formatter: click.HelpFormatter) -> None:
    """Write the line of usage of ``shown``, and break it only between two pieces."""
    lines = [f"usage: {ctx.command_path}"]
    indent = " " * len(lines[0])
    for piece in shown.collect_usage_pieces(ctx):
        if len(lines[-1]) + 1 + len(piece) > formatter.width and lines[-1].strip():
            lines.append(indent)
        lines[-1] = f"{lines[-1]} {piece}"
    formatter.write("".join(f"{line}\n" for line in lines))


def write_examples(examples: Sequence[str], formatter: click.HelpFormatter) -> None:
    """Write each example in one line, however long, so that a reader can copy it."""
    with formatter.section("Examples"):
        for example in examples:
            formatter.write(f"{'':{formatter.current_indent}}{example}\n")


def print_mistake(error: click.UsageError, program: str) -> None:
    """Print the usage, the mistake and how to get help to the standard error."""
    path = program
    if error.ctx is not None:
        path = error.ctx.command_path
        print(error.ctx.get_usage(), file=sys.stderr)
    print(f"{path}: {_explain(error)}", file=sys.stderr)
    if error.ctx is not None and error.ctx.command.epilog:
        print(error.ctx.command.epilog, file=sys.stderr)
    print(f"For help: {path} --help", file=sys.stderr)


def _option_usage(option: click.Option, ctx: click.Context) -> str:
    usage = " | ".join([*option.opts[:1], *option.secondary_opts[:1]])
    if not option.is_flag:
        usage = f"{usage} {option.make_metavar(ctx)}"
    return usage if option.required else f"[{usage}]"


def _explain(error: click.UsageError) -> str:
    if isinstance(error, click.NoSuchOption):
        meant = f"; did you mean {error.possibilities[0]}?" if error.possibilities else ""
        return f"unknown: {error.option_name}{meant}{_hint_for_values(error.ctx)}"
    if isinstance(error, click.BadParameter) and error.param is not None:
        param = error.param
        name = param.opts[0] if isinstance(param, click.Option) else param.human_readable_name
        if isinstance(error, click.MissingParameter):
            return f"{name} is missing"
        return f"argument {name}: {error.message}"
    if isinstance(error, click.BadOptionUsage) and "requires" in error.message:
        return f"{error.option_name} needs a value after it"
    return error.message


def _hint_for_values(ctx: click.Context | None) -> str:
    takes_values = ctx and any(isinstance(param, click.Argument) for param in ctx.command.params)
    return "\nA value that begins with -- needs the word -- before it." if takes_values else ""
