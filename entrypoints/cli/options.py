"""Options that win over a setting."""

import argparse
from collections.abc import Callable

from ..settings import check_setting


def option_of(setting: str) -> Callable[[str], str]:
    """A type for argparse: the text of an option that stands for ``setting``.

    A wrong text is a fault of the option, not of the variable, which nobody may have set.
    """

    def text_of(text: str) -> str:
        try:
            check_setting(setting, text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error
        return text

    return text_of
