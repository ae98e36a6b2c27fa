"""gunicorn's messages in the log of this service."""

import logging
from typing import Any, Final

from ...adapters.extras import requires_extra

with requires_extra("service"):
    from gunicorn.glogging import Logger

LOGGER: Final = logging.getLogger("cybershop_customer.workers")


class ArbiterLog(Logger):
    """Writes to the logger of this service, whose handlers are those of every other line.

    What gunicorn tells at level info is about each signal and each process, so it is debug here.
    """

    def __init__(self, cfg: Any) -> None:  # noqa: ANN401 (gunicorn has no types)
        self.cfg = cfg
        self.error_log = LOGGER

    def setup(self, cfg: Any) -> None:  # noqa: ANN401
        self.cfg = cfg

    def info(self, msg: Any, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        LOGGER.debug(msg, *args, **kwargs)

    def close_on_exec(self) -> None:
        """Nothing: the log has no file."""

    def reopen_files(self) -> None:
        """Nothing: the log has no file."""
