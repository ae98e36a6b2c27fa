"""Options and checks of arguments that several commands have."""

from collections.abc import Callable
from typing import Final

import click

from ..settings import check_setting

customer_id_argument: Final = click.argument("customer_id")
json_option: Final = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON, for scripts."
)
yes_option: Final = click.option("--yes", is_flag=True, help="Do it without asking.")


def setting_check(
    setting: str,
) -> Callable[[click.Context, click.Parameter, str | None], str | None]:
    """A check of an option that overrides ``setting``: it returns the text of the option.

    The error names the option, not the variable, which the user may not have set.
    """

    def check(_ctx: click.Context, _option: click.Parameter, text: str | None) -> str | None:
        if text is not None:
            try:
                check_setting(setting, text)
            except ValueError as error:
                raise click.BadParameter(str(error)) from error
        return text

    return check
