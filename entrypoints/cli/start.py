"""What the command ``cybershop-customer`` runs first, before its imports, which take a moment."""

import signal

from .stop_signals import end_at_once_on


def main() -> int:
    """Run the command line. Returns its exit status.

    SIGTERM counts from the first moment, also for the first process of a container.
    """
    end_at_once_on(signal.SIGTERM)
    from .main import main as run  # noqa: PLC0415 (slow)

    return run()
