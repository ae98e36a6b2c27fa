"""Options that override a setting."""

import argparse
from collections.abc import Callable

from ..settings import check_setting


def setting_type(setting: str) -> Callable[[str], str]:
    """The argparse type of an option that overrides ``setting``: checks the text and returns it.

    The error names the option, not the variable, which the user may not have set.
    """

    def check(text: str) -> str:
        try:
            check_setting(setting, text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error
        return text

    return check
