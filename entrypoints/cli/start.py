"""What the command ``cybershop-customer`` runs first, before its imports, which take a moment."""

import os
import signal
from types import FrameType


def main() -> int:
    """Run the command line. Returns its exit status.

    Linux ignores SIGTERM for the first process of a container as long as that has no handler of
    its own. So there is one from the start, until ``serve`` sets another.
    """
    if os.getpid() == 1:
        signal.signal(signal.SIGTERM, _leave)
    from .main import main as run  # noqa: PLC0415 (slow)

    return run()


def _leave(number: int, _frame: FrameType | None) -> None:
    # As a shell reports a program that a signal ended.
    os._exit(128 + number)
