"""A piece of work that is done after the answer to a request."""

import logging
from collections.abc import Callable
from contextvars import copy_context
from traceback import extract_tb
from typing import Final

from ..domain.errors import NotificationFailedError, StoreFaultError, StoreUnavailableError
from ..domain.request_context import current_request
from ..domain.use_case import leave_use_case

LOGGER: Final = logging.getLogger("cybershop_customer.background")

_EXPECTED: Final = (NotificationFailedError, StoreFaultError, StoreUnavailableError)
"""Errors whose texts have no personal data and no token."""


class Job:
    """Work with its name. It runs in the context of the caller that submitted it.

    So the audit records and the log lines of the work have the request's id and its trace.
    """

    def __init__(self, name: str, work: Callable[[], None]) -> None:
        self.name = name
        self._work = work
        self._context = copy_context()

    def run(self, count_failure: Callable[[], int]) -> bool:
        """Do the work. An error is logged, with the number that ``count_failure`` returns.

        Returns whether there was no error.

        Raises:
            KeyboardInterrupt: someone stops the program while it does the work.
        """
        return self._context.run(self._run, count_failure)

    def _run(self, count_failure: Callable[[], int]) -> bool:
        # The caller's use case is over, or ends soon. The work has its own time.
        leave_use_case()
        try:
            self._work()
        except _EXPECTED as error:
            self._log(logging.WARNING, str(error), count_failure())
            return False
        except KeyboardInterrupt:
            raise  # It comes from the person at the terminal, and only to the main thread.
        except BaseException as error:  # noqa: BLE001 (there is no caller to raise it to)
            # The text of such an error may contain any value, such as an address.
            places = [
                f"{frame.filename}:{frame.lineno}" for frame in extract_tb(error.__traceback__)
            ]
            cause = f"{type(error).__name__} at {' > '.join(places[-5:])}"
            self._log(logging.ERROR, cause, count_failure())
            return False
        return True

    def _log(self, level: int, cause: str, count: int) -> None:
        extra = {"request_id": current_request().request_id}
        LOGGER.log(level, "%s failed: %s; %d failed so far", self.name, cause, count, extra=extra)
