"""The start of the command ``cybershop-customer``, before its slow imports."""

import signal
import sys
from typing import Final

from ...adapters.extras import MissingExtraError, requires_extra
from ..processes.stop_signals import end_at_once_on

_NOT_INSTALLED: Final = 2
"""As ``command.USAGE_ERROR``, whose module is one of the slow ones."""


def main() -> int:
    """Run the command line. Returns its exit status.

    SIGTERM ends the process from the first moment, even as the first process of a container.
    """
    end_at_once_on(signal.SIGTERM)
    try:
        with requires_extra("service"):
            from .main import main as run  # noqa: PLC0415 (slow)

        return run()
    except MissingExtraError as error:
        print(f"cybershop-customer: {error}", file=sys.stderr)
        return _NOT_INSTALLED
