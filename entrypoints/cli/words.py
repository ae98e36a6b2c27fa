"""The words of a command line: options, and values that may look like options."""

from collections.abc import Iterable, Sequence
from typing import Final

import click

VALUES_FOLLOW: Final = "--"
"""After this word there are values only (POSIX, Utility Syntax Guidelines, guideline 10)."""


def values_last(words: Iterable[str], params: Sequence[click.Parameter]) -> list[str]:
    """Put the values behind ``--``, so that click does not take one for an option.

    A word of one dash that names no option is a value: a session id may begin so. click would read
    its letters as options, find ``-h`` among them, and show the help.
    """
    declared = [param for param in params if isinstance(param, click.Option)]
    names = {name for option in declared for name in option.opts}
    need_value = {name for option in declared if not option.is_flag for name in option.opts}
    options: list[str] = []
    values: list[str] = []
    left = iter(words)
    for word in left:
        if word == VALUES_FOLLOW:
            values.extend(left)
        elif word.startswith("--") or not names.isdisjoint({word, f"-{word}"}):
            options.append(word)
            if word in need_value:
                value = next(left, None)
                if value is None:
                    return options  # With a word behind it, click would not miss the value.
                options.append(value)
        else:
            values.append(word)
    return [*options, VALUES_FOLLOW, *values]
