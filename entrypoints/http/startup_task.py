"""What has to be in the store before the service is ready, done as soon as the store lets it."""

import logging
from collections.abc import Callable
from threading import Event, Lock, Thread
from typing import Final

from ...domain.errors import StoreFaultError, StoreUnavailableError, VersionConflictError
from ...ports.store_probe import StoreProbe

LOGGER: Final = logging.getLogger("cybershop_customer.start")
RETRY_SECONDS: Final = 5.0


class StillStartingError(StoreUnavailableError):
    """The service is up, and its start's work has not succeeded yet."""

    def __str__(self) -> str:
        return "the service is starting and not ready yet"


class StartupTask(StoreProbe):
    """Runs ``prepare`` once with success; until then the service is up, but not ready.

    Args:
        prepare: the work; it may be repeated, and raises if the store does not let it.
        probe: asks the store whether it can serve, once the work is done.
    """

    def __init__(self, prepare: Callable[[], None], probe: StoreProbe) -> None:
        self._prepare = prepare
        self._probe = probe
        self._begun = Lock()
        self._tried = Event()
        self._done = Event()
        self._stopped = Event()
        self._told = ""

    def start(self, wait: float) -> bool:
        """Try in the background until it works; wait ``wait`` seconds for the end of the first try.

        A call after the first one only waits.

        Returns:
            False if the system has no thread left. The next call starts it then.
        """
        if self._begun.acquire(blocking=False):
            try:
                Thread(target=self._run, name="preparation", daemon=True).start()
            except RuntimeError as error:
                self._begun.release()
                LOGGER.warning("not ready yet: %s", error)
                return False
        self._tried.wait(wait)
        return True

    def stop(self) -> None:
        """Try no more."""
        self._stopped.set()

    def probe(self) -> None:
        if not self._done.is_set():
            raise StillStartingError(retry_after=round(RETRY_SECONDS))
        self._probe.probe()

    def _run(self) -> None:
        try:
            if not self._try():
                self._keep_trying()
        except Exception:
            LOGGER.critical("the start failed: this process is never ready", exc_info=True)

    def _keep_trying(self) -> None:
        while not self._stopped.wait(RETRY_SECONDS):
            if self._try():
                return

    def _try(self) -> bool:
        try:
            self._prepare()
        except (StoreUnavailableError, StoreFaultError, VersionConflictError) as error:
            # Tried every few seconds, and told when there is something new to tell.
            reason = _reason(error)
            if reason != self._told:
                self._told = reason
                LOGGER.warning("not ready yet: %s", reason)
            return False
        else:
            self._done.set()
            if self._told:
                LOGGER.info("ready now")
            return True
        finally:
            self._tried.set()


def _reason(error: Exception) -> str:
    # Whether anything was changed is for the caller of a request, which nobody has made here.
    return "the store is unavailable" if isinstance(error, StoreUnavailableError) else str(error)
