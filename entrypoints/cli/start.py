"""The start of the command ``cybershop-customer``, before its slow imports."""

import signal

from .stop_signals import end_at_once_on


def main() -> int:
    """Run the command line. Returns its exit status.

    SIGTERM ends the process from the first moment, even as the first process of a container.
    """
    end_at_once_on(signal.SIGTERM)
    from .main import main as run  # noqa: PLC0415 (slow)

    return run()
