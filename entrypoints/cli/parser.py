"""The argument parser. It explains a mistake with the usage of the command that has it."""

import argparse
import re
import sys
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final, NoReturn

_INVALID_CHOICE: Final = re.compile(r"invalid choice: '(?P<typed>[^']*)'")


class CommandParser(argparse.ArgumentParser):
    """Parses the arguments of one command, and suggests a correction for a misspelt word."""

    def __init__(self, **arguments: Any) -> None:  # noqa: ANN401 (of ArgumentParser)
        # A new option could change the meaning of an abbreviation.
        super().__init__(**arguments, allow_abbrev=False)
        self._kind = ""
        self._names: list[str] = []

    def add_actions(self, kind: str, helps: Mapping[str, str]) -> dict[str, "CommandParser"]:
        """Declare the words of which the user must give one next.

        Args:
            kind: what the words are, such as ``command``; this attribute holds the chosen word.
            helps: a line of help for each word.

        Returns:
            For each word, the parser of the arguments after it.
        """
        self._kind, self._names = kind, list(helps)
        actions = self.add_subparsers(metavar=kind.upper(), dest=kind)
        return {
            name: actions.add_parser(name, help=text, description=f"{text[:1].upper()}{text[1:]}.")
            for name, text in helps.items()
        }

    def parse_known_args(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        args: Sequence[str] | None = None,
        namespace: argparse.Namespace | None = None,
    ) -> tuple[argparse.Namespace, list[str]]:
        """Parse the arguments. This parser, not the outermost one, reports an unknown argument."""
        found, unknown = super().parse_known_args(args, namespace or argparse.Namespace())
        if unknown:
            self.error(f"unknown: {' '.join(unknown)}{self._suggest(unknown)}")
        if self._names and getattr(found, self._kind) is None:
            self.error(f"choose {_alternatives(self._names)}")
        return found, unknown

    def error(self, message: str) -> NoReturn:
        """Print the usage, the mistake and how to get help; exit with 2."""
        invalid = _INVALID_CHOICE.search(message)
        if invalid and self._names:
            typed = invalid["typed"]
            close = get_close_matches(typed, self._names, n=1)
            meant = f" Is {close[0]} meant?" if close else ""
            message = f"{typed} is no {self._kind}: choose {_alternatives(self._names)}.{meant}"
        self.print_usage(sys.stderr)
        self.exit(2, f"{self.prog}: {message}\nFor help: {self.prog} --help\n")

    def _suggest(self, unknown: Sequence[str]) -> str:
        options = [*self._option_string_actions]
        close = [
            match
            for text in unknown
            if text.startswith("-")
            for match in get_close_matches(text.partition("=")[0], options, n=1)
        ]
        return f"; is {' '.join(dict.fromkeys(close))} meant?" if close else ""


def _alternatives(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"
